import { testCredentialFile } from './credential-files.suite.ts'
import { dockerConfig } from './docker-config.ts'

const password = 'hunter2-hunter2-hunter2'
const auth = (text: string) => Buffer.from(text).toString('base64')

testCredentialFile(
  dockerConfig,
  [
    {
      name: 'the hub and a registry of one’s own; other members are dropped',
      text: JSON.stringify({
        auths: {
          'https://index.docker.io/v1/': { auth: auth(`me:${password}`) },
          'registry.example.com:5000': { auth: auth(`you:${password}`), email: 'hidden-mail' },
          'ghcr.io': { auth: auth(`they:${password}`) },
        },
        HttpHeaders: { 'X-Key': 'hidden-key' },
        proxies: { default: { httpsProxy: 'http://me:hidden-pw@proxy' } },
      }),
      logins: [
        [[password], 'registry-1.docker.io registry https://auth.docker.io/token registry.docker.io me'],
        [[password], 'registry.example.com:5000 basic you'],
        [[password], 'ghcr.io registry https://ghcr.io/token ghcr.io they'],
      ],
      inside: {
        '.docker/config.json': `${JSON.stringify(
          {
            auths: {
              'https://index.docker.io/v1/': { auth: auth('me:<1>') },
              'registry.example.com:5000': { auth: auth('you:<2>') },
              'ghcr.io': { auth: auth('they:<3>') },
            },
          },
          null,
          2,
        )}\n`,
      },
    },
    {
      name: 'helpers, tokens that are renewed, and what has no pair, stay outside',
      text: JSON.stringify({
        auths: {
          'a.example.com': {},
          'b.example.com': { auth: auth('me:'), identitytoken: 'hidden-token' },
          'c.example.com': { auth: 'hidden-x!' },
          localhost: { auth: auth(`me:${password}`) },
        },
        credsStore: 'desktop',
      }),
      logins: [],
      leftOut: [/helper/, /renews by itself/, /no user and password/, /private network/],
      inside: {},
    },
  ],
  ['{', `["${password}"]`],
)

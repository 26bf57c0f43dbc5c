import { testCredentialFile } from './credential-files.suite.ts'
import { npmrc } from './npmrc.ts'

const token = `npm_${'a1'.repeat(18)}`
const password = 'hunter2-hunter2-hunter2'
const base64 = (text: string) => Buffer.from(text).toString('base64')

testCredentialFile(
  npmrc,
  [
    {
      name: 'tokens of two registries; names of registries are kept, comments and other settings dropped',
      text: `; hidden-comment\nregistry=https://npm.example.com/\n@team:registry=https://npm.example.com/team/\nhttps-proxy=http://me:hidden-proxy@proxy:1\n//registry.npmjs.org/:_authToken=${token}\n//npm.example.com:8443/team/:_authToken="${password}"\n//npm.example.com/:always-auth=hidden-x\n`,
      logins: [
        [[token], 'npm'],
        [[password], 'npm.example.com:8443/team bearer'],
      ],
      inside: {
        '.npmrc':
          'registry=https://npm.example.com/\n@team:registry=https://npm.example.com/team/\n//registry.npmjs.org/:_authToken=<1>\n//npm.example.com:8443/team/:_authToken=<2>\n',
      },
    },
    {
      name: 'pairs, in both forms',
      text: `//a.example.com/:_auth=${base64(`me:${password}`)}\n//b.example.com/:username=me\n//b.example.com/:_password=${base64(password)}\n`,
      logins: [
        [[password], 'a.example.com basic me'],
        [[password], 'b.example.com basic me'],
      ],
      inside: {
        '.npmrc': `//a.example.com/:_auth=${base64('me:<1>')}\n//b.example.com/:username=me\n//b.example.com/:_password=${base64('<2>')}\n`,
      },
    },
    {
      name: 'the name of a variable is no login, and is kept',
      text: `//a.example.com/:_authToken=\${NPM_TOKEN}\n//registry.npmjs.org/:_authToken=${token}\n`,
      logins: [[[token], 'npm']],
      inside: { '.npmrc': `//a.example.com/:_authToken=\${NPM_TOKEN}\n//registry.npmjs.org/:_authToken=<1>\n` },
    },
    {
      name: 'what has no registry, an address, a short password, or a user that may be a token, stays outside',
      text: `_authToken=${token}\n//10.0.0.1/:_authToken=${token}\n//a.example.com/:_auth=${base64('me:short')}\n//b.example.com/:_auth=${base64(`${token}:${password}`)}\n`,
      logins: [],
      leftOut: [/without a registry/, /names an address/, /fewer than 16/, /cannot be told/],
      inside: {},
    },
    {
      name: 'an address of a registry with a login in it is dropped',
      text: `registry=https://me:hidden-pw@npm.example.com/\n//registry.npmjs.org/:_authToken=${token}\n`,
      logins: [[[token], 'npm']],
      inside: { '.npmrc': '//registry.npmjs.org/:_authToken=<1>\n' },
    },
  ],
  [`${token}`, `//registry.npmjs.org/:_authToken ${token}`],
)

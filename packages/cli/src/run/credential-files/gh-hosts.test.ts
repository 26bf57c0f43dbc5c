import { testCredentialFile } from './credential-files.suite.ts'
import { ghHosts } from './gh-hosts.ts'

const one = `gho_${'a1'.repeat(18)}`
const two = `gho_${'b2'.repeat(18)}`
const config = 'version: "1"\ngit_protocol: https\n'

testCredentialFile(
  ghHosts,
  [
    {
      name: 'one account in the older form; comments and unknown members are dropped',
      text: `# hidden-comment\ngithub.com:\n    user: me\n    oauth_token: ${one}\n    git_protocol: ssh\n    other: hidden-value\n`,
      logins: [[[one], 'github']],
      inside: {
        '.config/gh/hosts.yml':
          'github.com:\n  user: me\n  users:\n    me:\n      oauth_token: <1>\n  oauth_token: <1>\n  git_protocol: https\n',
        '.config/gh/config.yml': config,
      },
    },
    {
      name: 'two accounts of one host, of which one is active',
      text: `github.com:\n  users:\n    me:\n      oauth_token: ${one}\n    work:\n      oauth_token: ${two}\n  user: work\n  oauth_token: ${two}\n`,
      logins: [
        [[one], 'github'],
        [[two], 'github'],
      ],
      inside: {
        '.config/gh/hosts.yml':
          'github.com:\n  user: work\n  users:\n    me:\n      oauth_token: <1>\n    work:\n      oauth_token: <2>\n  oauth_token: <2>\n  git_protocol: https\n',
        '.config/gh/config.yml': config,
      },
    },
    {
      name: 'a server of one’s own gets its token alone',
      text: `git.corp.example:\n  user: me\n  oauth_token: ${one}\n`,
      logins: [[[one], 'git.corp.example bearer token', 'git.corp.example bearer', 'git.corp.example basic']],
    },
    {
      name: 'a token in the keyring, a private name and a placeholder stay outside',
      text: `github.com:\n  user: me\nghe.internal:\n  oauth_token: ${one}\ngit.example.com:\n  oauth_token: gho_coatcheck_0123456789abcdef\n`,
      logins: [],
      leftOut: [/keyring/, /private network/, /placeholder already/],
      inside: {},
    },
  ],
  ['github.com: [', `- ${one}`, `x: &a {oauth_token: ${one}}\nx: *a`],
)

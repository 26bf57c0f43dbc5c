import { testCredentialFile } from './credential-files.suite.ts'
import { pipConf } from './pip-conf.ts'

const password = 'hunter2-hunter2-hunter2'
const token = `glpat-${'a1'.repeat(10)}`

testCredentialFile(
  pipConf,
  [
    {
      name: 'logins in addresses; addresses without one are kept, other settings dropped',
      text: `# hidden-comment\n[global]\nindex-url = https://me:${password}@pip.example.com/simple\nextra-index-url =\n    https://pypi.org/simple/\n    https://${token}:@git.example.com/pypi/simple\ntrusted-host = hidden-x\nproxy = http://me:hidden-pw@proxy:1\n`,
      logins: [
        [[password], 'pip.example.com basic me'],
        [[token], 'git.example.com basic user'],
      ],
      inside: {
        '.config/pip/pip.conf':
          '[global]\nindex-url = https://me:<1>@pip.example.com/simple/\nextra-index-url = https://pypi.org/simple/\n    https://<2>:@git.example.com/pypi/simple/\n',
      },
    },
    {
      name: 'an address in clear text, and one with a query, stay outside',
      text: `[global]\nindex-url = http://me:${password}@pip.example.com/simple\nextra-index-url = https://me:${password}@pip.example.com/simple?key=x\n`,
      logins: [],
      leftOut: [/is not https/, /unusual form/],
      inside: {},
    },
  ],
  [`https://me:${password}@pip.example.com/simple`],
)

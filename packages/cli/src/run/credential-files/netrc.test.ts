import { testCredentialFile } from './credential-files.suite.ts'
import { netrc } from './netrc.ts'

const password = 'hunter2-hunter2-hunter2'
const token = `ghp_${'a1'.repeat(18)}`

testCredentialFile(
  netrc,
  [
    {
      name: 'machines on one line and on several, quoted; comments, accounts and macros are dropped',
      text: `# hidden-comment\nmachine a.example.com login me password ${password}\nmachine b.example.com\n\tlogin you\n\taccount hidden-account\n\tpassword "${password} \\"x"\nmacdef init\ncd hidden-folder\nmachine hidden-machine login x password y\n\nmachine api.heroku.com login me@example.com password ${password}\n`,
      logins: [
        [[password], 'a.example.com basic me'],
        [[`${password} "x`], 'b.example.com basic you'],
        [[password], 'api.heroku.com basic me@example.com', 'api.heroku.com bearer'],
      ],
      inside: {
        '.netrc':
          'machine a.example.com login me password <1>\nmachine b.example.com login you password <2>\nmachine api.heroku.com login me@example.com password <3>\n',
      },
    },
    {
      name: 'a token as the user',
      text: `machine git.example.com login ${token} password x-oauth-basic\n`,
      logins: [[[token], 'git.example.com basic user']],
      inside: { '.netrc': 'machine git.example.com login <1> password x-oauth-basic\n' },
    },
    {
      name: 'two accounts of one host',
      text: `machine a.example.com login me password ${password}1\nmachine a.example.com login you password ${password}2\n`,
      logins: [
        [[`${password}1`], 'a.example.com basic me'],
        [[`${password}2`], 'a.example.com basic you'],
      ],
    },
    {
      name: 'a default, a private name, a short password, and a user beside which a token stands, stay outside',
      text: `machine nas.local login me password ${password}\nmachine a.example.com login me password short\nmachine b.example.com login ${token} password ${password}\ndefault login me password ${password}\n`,
      logins: [],
      leftOut: [/private network/, /fewer than 16/, /cannot be told/, /for every host/],
      inside: {},
    },
  ],
  [`${password} machine`, `machine a.example.com secret ${password}`, `login me password ${password}`],
)

import { testCredentialFile } from './credential-files.suite.ts'
import { pypirc } from './pypirc.ts'

const token = `pypi-AgE${'a1'.repeat(40)}`
const password = 'hunter2-hunter2-hunter2'

testCredentialFile(
  pypirc,
  [
    {
      name: 'the index, its test, and one of one’s own',
      text: `# hidden-comment\n[distutils]\nindex-servers =\n    pypi\n    corp\n\n[pypi]\nusername = __token__\npassword = ${token}\n\n[testpypi]\npassword = ${token}\n\n[corp]\nrepository = https://pypi.corp.example/upload/\nusername = me\npassword = ${password}\nextra = hidden-x\n`,
      logins: [
        [[token], 'pypi'],
        [[token], 'test.pypi.org basic __token__', 'test.pypi.org basic password'],
        [[password], 'pypi.corp.example basic me'],
      ],
      inside: {
        '.pypirc':
          '[distutils]\nindex-servers =\n    pypi\n    testpypi\n    corp\n\n[pypi]\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = <1>\n\n[testpypi]\nrepository = https://test.pypi.org/legacy/\nusername = __token__\npassword = <2>\n\n[corp]\nrepository = https://pypi.corp.example/upload/\nusername = me\npassword = <3>\n',
      },
    },
    {
      name: 'an index without an address, in clear text, or with a user that may be a token, stays outside',
      text: `[one]\npassword = ${token}\n[two]\nrepository = http://pypi.corp.example/\npassword = ${token}\n[three]\nrepository = https://pypi.corp.example/\nusername = ${token}\npassword = ${password}\n`,
      logins: [],
      leftOut: [/index one stays outside/, /is not https/, /cannot be told/],
      inside: {},
    },
  ],
  [token, `[pypi\npassword = ${token}`],
)

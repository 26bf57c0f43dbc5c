import { testCredentialFile } from './credential-files.suite.ts'
import { kubeconfig } from './kubeconfig.ts'

const token = 'ey'.repeat(20)
const text = `# hidden-comment
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c
  cluster: { server: "https://kube.example.com:6443", extra: hidden-x, certificate-authority-data: aGVsbG8= }
- name: local
  cluster: { server: "https://127.0.0.1:6443" }
- name: loose
  cluster: { server: "https://kube.example.com", insecure-skip-tls-verify: true }
contexts:
- { name: one, context: { cluster: c, user: u, namespace: n } }
- { name: two, context: { cluster: local, user: u } }
- { name: three, context: { cluster: loose, user: u } }
- { name: four, context: { cluster: c, user: cert } }
users:
- name: u
  user: { token: ${token} }
`

testCredentialFile(
  kubeconfig,
  [
    {
      name: 'a user with a token, at the servers that can be verified',
      text,
      logins: [[[token], 'kube.example.com:6443 bearer']],
      leftOut: [/context two stays outside: its place names an address/, /insecure-skip-tls-verify/],
      inside: {
        '.kube/config':
          'apiVersion: v1\nkind: Config\nclusters:\n  - name: c\n    cluster:\n      server: https://kube.example.com:6443\nusers:\n  - name: u\n    user:\n      token: <1>\ncontexts:\n  - name: one\n    context:\n      cluster: c\n      user: u\n      namespace: n\ncurrent-context: one\n',
      },
    },
    {
      name: 'certificates, programs and passwords stay outside',
      text: 'users:\n- { name: a, user: { client-key-data: hidden-key } }\n- { name: b, user: { exec: { command: hidden-program } } }\n- { name: c, user: { username: me, password: hidden-pw } }\n',
      logins: [],
      leftOut: [/user a stays outside/, /user b/, /user c/],
      inside: {},
    },
  ],
  ['users: [', `- ${token}`],
)

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { holdsUserinfo, stripUserinfo } from './credential-shapes.ts'
import { hooksPathOf, sanitiseGitConfig } from './sanitise-git-config.ts'
import { sanitiseLines } from './sanitise-lines.ts'

const secret = 's3cr3tValue'

suite('SEC-04: a git configuration without credentials', () => {
  const plain =
    '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@code.test:x/y.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'

  test('is left as it is when it has none', () => {
    assert.equal(sanitiseGitConfig(plain), plain)
  })

  for (const [name, text] of [
    ['a password in an address', `[remote "o"]\n\turl = https://me:${secret}@code.test/x\n`],
    ['a token as user', `[remote "o"]\n\turl = https://${secret}@code.test/x\n`],
    ['a token in a query', `[remote "o"]\n\turl = https://code.test/x?private_token=${secret}\n`],
    ['a password with a slash', `[remote "o"]\n\turl = https://me:a/${secret}@code.test/x\n`],
    ['a push address', `[remote "o"]\n\tpushurl = https://me:${secret}@code.test/x\n`],
    ['an address as the name of a section', `[lfs "https://me:${secret}@code.test/x"]\n\taccess = basic\n`],
    ['a header', `[http]\n\textraHeader = Authorization: ${secret}\n`],
    ['a header for one host', `[http "https://code.test"]\n\textraheader = X: ${secret}\n`],
    ['a header in the old form of a section', `[http.https://code.test]\n\textraheader = X: ${secret}\n`],
    ['a credential helper', `[credential]\n\thelper = "!echo ${secret}"\n`],
    ['an alias', `[alias]\n\tx = !curl -H ${secret}\n`],
    ['a rewritten address', `[url "https://${secret}@code.test/"]\n\tinsteadOf = x:\n`],
    ['an included file', `[include]\n\tpath = /home/${secret}\n`],
    ['a password for mail', `[sendemail]\n\tsmtpPass = ${secret}\n`],
    ['an ssh command', `[core]\n\tsshCommand = sshpass -p ${secret} ssh\n`],
    ['a proxy', `[remote "o"]\n\tproxy = http://u:${secret}@p.test\n`],
    ['a comment', `[core]\n\t# ${secret}\n\t; ${secret}\n\tbare = false\n`],
    ['a key on the line of its section', `[credential] helper = ${secret}\n`],
    ['a continued line', `[remote "o"]\n\turl = https://me:\\\n${secret}@code.test/x\n`],
    ['a well-known key anywhere', `[core]\n\teditor = ghp_${secret}${secret}${secret}\n`],
    ['an unknown section', `[vendor]\n\tthing = ${secret}\n`],
    ['text before any section', `thing = ${secret}\n`],
    ['line ends of another system', `[http]\r\n\textraheader = ${secret}\r\n`],
    ['another case', `[CREDENTIAL]\n\tHELPER = ${secret}\n`],
  ] as const) {
    test(`loses ${name}`, () => assert.ok(!sanitiseGitConfig(text).includes(secret)))
  }

  test('keeps the address without its user, and the user of ssh', () => {
    assert.match(
      sanitiseGitConfig(`[remote "o"]\n\turl = https://me:${secret}@code.test:8443/x.git\n`),
      /url = https:\/\/code\.test:8443\/x\.git\n/,
    )
    assert.match(sanitiseGitConfig('[remote "o"]\n\turl = ssh://git@code.test/x.git\n'), /ssh:\/\/git@code\.test/)
    assert.match(sanitiseGitConfig('[filter "lfs"]\n\tclean = git-lfs clean -- %f\n'), /git-lfs clean/)
  })

  test('tells where hooks are', () => {
    assert.equal(hooksPathOf('[core]\n\tbare = false\n\thooksPath = .husky/_\n'), '.husky/_')
    assert.equal(hooksPathOf('[CORE] hookspath = "my hooks"\n'), 'my hooks')
    assert.equal(hooksPathOf('[other]\n\thooksPath = x\n'), undefined)
  })
})

suite('SEC-04: settings without credentials', () => {
  for (const text of [
    `//r.test/:_authToken=${secret}`,
    `_auth=${secret}`,
    `//r.test/:_password="${secret}"`,
    `# //r.test/:_authToken=${secret}`,
    `registry=https://me:${secret}@r.test/`,
    `https-proxy=http://me:${secret}@p.test/`,
    `index-url = https://${secret}@r.test/simple`,
    `token = "${secret}"`,
    `npmAuthToken: ${secret}`,
    `npmAuthToken: >-\n  ${secret}`,
    `npmRegistries:\n  "//r.test":\n    npmAuthIdent: "u:${secret}"`,
    `signing.password=${secret}`,
    `export API_KEY=${secret}`,
    `export GITHUB_TOKEN=\${OTHER}${secret}`,
    `thing = npm_${secret}${secret}`,
    `thing = 0a1b2c3d4e5f${secret}0a1b2c3d4e5f60718293a4b5`,
  ]) {
    test(`lose ${JSON.stringify(text)}`, () => assert.ok(!sanitiseLines(`first=1\n${text}\nlast=2\n`).includes(secret)))
  }

  test('keep what is none, and what only names a variable', () => {
    const text =
      'registry=https://r.test/\n//r.test/:_authToken=\x24{NPM_TOKEN}\nsave-exact=true\n\nnodeLinker: node-modules\n'
    assert.equal(sanitiseLines(text), text)
  })
})

suite('addresses', () => {
  for (const [text, expected] of [
    ['https://u:p@h.test/x', 'https://h.test/x'],
    ['https://u:p@x@h.test/x', 'https://h.test/x'],
    ['https://h.test/@scope/x', 'https://h.test/@scope/x'],
    ['ssh://git@h.test/x', 'ssh://git@h.test/x'],
    ['ssh://git:p@h.test/x', 'ssh://h.test/x'],
    ['https://u@[2001:db8::1]:8443/x', 'https://[2001:db8::1]:8443/x'],
    ['https://h.test/x?token=p', 'https://h.test/x'],
    ['https://h.test?token=p', 'https://h.test'],
    ['two https://a:b@h.test/1 and http://c@h.test/2', 'two https://h.test/1 and http://h.test/2'],
    ['https://u:p/q@h.test/x', undefined],
  ] as const) {
    test(`${text} becomes ${expected}`, () => assert.equal(stripUserinfo(text), expected))
  }

  test('a user part is noticed, except that of ssh', () => {
    assert.ok(holdsUserinfo('pull https://u:p@h.test/x main'))
    assert.ok(holdsUserinfo('https://token@h.test'))
    assert.ok(!holdsUserinfo('clone from ssh://git@h.test/x and https://h.test/@scope'))
  })
})

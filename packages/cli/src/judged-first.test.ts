import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCaptured, wasHomeMade } from './captured-command-line.suite.ts'

after(() => assert.equal(wasHomeMade(), false, 'a broker was started for what could be judged without one'))

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-judged-'))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'taken'), 'mine')

for (const [what, args, code, says] of [
  ['a sandbox on this host without a broker that serves', ['sandbox', 'create', '--launch'], 2, /coatcheck serve/],
  ['a recipe without a broker that serves', ['sandbox', 'connect', '--for', 'shell'], 4, /coatcheck serve --proxy/],
  ['a file for a token that exists', ['token', 'create', 'ci', '--role', 'auditor', '--out', 'taken'], 2, /EEXIST/],
  [
    'a folder that is not there, for a token',
    ['token', 'create', 'ci', '--role', 'auditor', '--out', 'no/x'],
    2,
    /ENOENT/,
  ],
  [
    'a provider that nobody can know',
    ['secret', 'create', 'x', '--provider', 'nosuch', '--value-stdin'],
    3,
    /provider/,
  ],
  [
    'isolation by container',
    ['run', '--isolation', 'container', '--', 'true'],
    7,
    /Leave --isolation out[^\n]*--advisory/,
  ],
  [
    'isolation by virtual machine',
    ['run', '--isolation', 'vm', '--', 'true'],
    7,
    /Leave --isolation out[^\n]*--advisory/,
  ],
  ['isolation by nothing known', ['run', '--isolation', 'chroot', '--', 'true'], 2, /are auto, process, advisory\./],
  ['a folder to mount that is not there', ['run', '--mount', '/nonexistent', '--', 'true'], 4, /does not exist/],
] as const) {
  test(`${what}: one sentence, and no broker`, async () => {
    const { code: ended, stdout, stderr } = await runCaptured(args, { cwd: folder })
    assert.deepEqual([ended, stdout], [code, ''], stderr)
    assert.match(stderr, /^coatcheck: [^\n]+\n$/)
    assert.match(stderr, says)
  })
}

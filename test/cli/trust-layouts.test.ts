import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'

/** A system by its folders, and by the program that gathers its roots. */
interface Layout {
  readonly system: string
  /** Below `/etc`, or `/usr/local/share`. */
  readonly anchors: string
  readonly program: string
  readonly extension: string
  /** What the program is called with, to install and to take away. */
  readonly calls: readonly [string, string]
}

const layouts: readonly Layout[] = [
  {
    system: 'Fedora',
    anchors: '/etc/pki/ca-trust/source/anchors',
    program: 'update-ca-trust',
    extension: '.pem',
    calls: ['extract', 'extract'],
  },
  {
    system: 'Arch',
    anchors: '/etc/ca-certificates/trust-source/anchors',
    program: 'trust',
    extension: '.crt',
    calls: ['extract-compat', 'extract-compat'],
  },
  {
    system: 'SUSE',
    anchors: '/etc/pki/trust/anchors',
    program: 'update-ca-certificates',
    extension: '.pem',
    calls: ['', ''],
  },
  {
    system: 'Alpine',
    anchors: '/usr/local/share/ca-certificates',
    program: 'update-ca-certificates',
    extension: '.crt',
    calls: ['', '--fresh'],
  },
]

// Shows a command the folders of another system: its own changes are in the upper layer, which is a folder of the test's.
const enter = `
set -e
for place in etc usr/local; do
  mkdir -p "$1/upper/$place" "$1/work/$place"
  mount -t overlay overlay -o "lowerdir=/$place,upperdir=$1/upper/$place,workdir=$1/work/$place" "/$place"
done
rm -rf /etc/pki/ca-trust /etc/pki/trust /etc/ca-certificates/trust-source
mkdir -p "$2" /usr/local/sbin
cp "$1/program" "/usr/local/sbin/$3"
shift 3
exec "$@"`

let home: TemporaryHome
let coatcheck: CoatcheckCommand
let sandbox: CreatedSandbox
let folder = ''
const inLayout = ({ anchors, program }: Layout, ...argv: readonly string[]) =>
  ['unshare', '--mount', 'sh', '-c', enter, 'sh', folder, anchors, program, ...argv] as const
const [unshare, ...probing] = ['unshare', '--mount', 'mount', '-t', 'overlay', '-o', 'lowerdir=/etc:/usr', 'o', '/etc']
const skip = spawnSync(unshare!, probing).status !== 0 && 'takes root, and a file system that can lie on top of another'

before(async () => {
  if (skip !== false) return
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
  const { value } = makeCanary('sk_live_')
  await coatcheck.run(['secret', 'create', 'stripe', '--provider', 'stripe', '--value-stdin'], { stdin: value })
  sandbox = await coatcheck.json(['sandbox', 'create', '--constrain-ca', '--secret', 'KEY=stripe'])
})
after(() => home?.[Symbol.dispose]())

for (const layout of layouts) {
  test(`AC-1.5: with the folders of ${layout.system}, its program is told of the authority, and of its end`, {
    skip,
  }, async (t) => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-layout-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    // Stands for the system's own, which is not on this machine: notes how it is called, and gathers what is there.
    const script = `#!/bin/sh\necho "$*" >> ${folder}/calls\ncat ${layout.anchors}/coatcheck* > ${folder}/bundle 2> /dev/null || :\n`
    writeFileSync(join(folder, 'program'), script)
    chmodSync(join(folder, 'program'), 0o755)
    const bundle = () => readFileSync(join(folder, 'bundle'), 'utf8')
    const anchors = join(folder, 'upper', layout.anchors)
    const print = new X509Certificate(sandbox.connect.ca).fingerprint256
    const trust = ['trust', 'system', '--sandbox', sandbox.id, '--yes', '--fingerprint', print]
    const run = (args: readonly string[]) =>
      runToEnd(inLayout(layout, ...coatcheck.argv, ...args), { env: coatcheck.env, cwd: home.path })

    const installed = await run(trust)
    assert.equal(installed.code, 0, installed.stderr)
    const [name = '', ...others] = readdirSync(anchors).filter((each) => each.startsWith('coatcheck'))
    assert.deepEqual([name.endsWith(layout.extension), others], [true, []])
    assert.equal(new X509Certificate(bundle()).fingerprint256, print)

    const removed = await run(['trust', 'system', '--remove'])
    assert.equal(removed.code, 0, removed.stderr)
    assert.ok(!existsSync(join(anchors, name)))
    assert.doesNotMatch(bundle(), /BEGIN CERTIFICATE/)
    assert.deepEqual(
      readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n'),
      layout.calls.join('\n').trimEnd().split('\n'),
    )
  })
}

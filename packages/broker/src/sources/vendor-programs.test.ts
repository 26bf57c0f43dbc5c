import assert from 'node:assert/strict'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bitwardenSource } from './kinds/bitwarden-source.ts'
import { onePasswordAccountSource } from './kinds/one-password-account-source.ts'
import { makeSourceFolder, partsWithoutNetwork } from './local-source-scenes.suite.ts'
import { type SourceScene, testSource, textOf } from './source.suite.ts'
import type { SourceKind } from './source-kind.ts'

const account = 'operator-token-0123456789'
const parts = {
  ...partsWithoutNetwork,
  variables: new Map([
    ['TOKEN', `${account}\n`],
    ['OTHER', 'another-token-0123456789'],
  ]),
}
const token = { kind: 'env', variable: 'TOKEN' } as const
const id = 'be8e0ad8-d545-4017-a55a-b02f014d4158'
const reference = 'op://agents/stripe live/credential'

/** A vendor’s program, and a stand-in that is called as it is published: arguments, variable, what it writes. */
interface VendorProgram {
  readonly kind: SourceKind
  readonly options: (program: string) => Readonly<Record<string, unknown>>
  readonly variable: string
  readonly args: readonly string[]
  readonly written: (value: Uint8Array) => string | Uint8Array
  readonly takesBytes: boolean
}

const programs: readonly VendorProgram[] = [
  {
    kind: onePasswordAccountSource,
    options: (program) => ({ reference, program, token }),
    variable: 'OP_SERVICE_ACCOUNT_TOKEN',
    args: ['read', '--no-newline', reference],
    written: (value) => value,
    takesBytes: true,
  },
  {
    kind: bitwardenSource,
    options: (program) => ({ id, program, token }),
    variable: 'BWS_ACCESS_TOKEN',
    args: ['secret', 'get', id, '--output', 'json'],
    written: (value) =>
      `${JSON.stringify({ object: 'secret', id, key: 'stripe', value: Buffer.from(value).toString(), note: '' }, null, 2)}\n`,
    takesBytes: false,
  },
]

async function sceneOf(
  { kind, options, variable, args, written, takesBytes }: VendorProgram,
  value: Uint8Array,
): Promise<SourceScene & { readonly program: string; readonly folder: string }> {
  const folder = makeSourceFolder()
  const [program, said] = [join(folder.path, 'program'), join(folder.path, 'said')]
  const script = `#!/bin/sh
[ "$*" = '${args.join(' ')}' ] && [ $# = ${args.length} ] || exit 2
[ "$${variable}" = '${account}' ] || exit 1
tr '\\0' '\\n' < /proc/$$/cmdline > ${folder.path}/cmdline
cat ${said} 2>/dev/null || exit 1
`
  writeFileSync(program, script, { mode: 0o700 })
  const put = (bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) rmSync(said)
    else writeFileSync(said, written(bytes), { mode: 0o600 })
  }
  put(value)
  return {
    program,
    folder: folder.path,
    source: kind.open(options(program), parts),
    put,
    stall: () => writeFileSync(program, '#!/bin/sh\nsleep 60 & wait\n'),
    deny: () => chmodSync(program, 0o600),
    takesBytes,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]()
    },
  }
}

for (const program of programs) {
  const { kind, options } = program
  testSource(kind.kind, (value) => sceneOf(program, value))

  test(`${kind.kind}: another token is denied, and no token is an argument`, async () => {
    await using scene = await sceneOf(program, Buffer.from('value'))
    const never = new AbortController().signal
    const other = kind.open({ ...options(scene.program), token: { kind: 'env', variable: 'OTHER' } }, parts)
    await assert.rejects(other.read(never), { code: 'source_unavailable', message: /ended with 1/ })
    assert.equal(textOf(await scene.source.read(never)), 'value')
    assert.ok(!readFileSync(join(scene.folder, 'cmdline'), 'utf8').includes(account))
  })

  test(`SEC-06: ${kind.kind}: what it runs and reads is known, and it takes no other configuration`, () => {
    const file = { kind: 'file', path: '/etc/coatcheck/token' }
    assert.deepEqual(kind.placesOf({ ...options('/opt/program'), token: file }), ['/opt/program', file.path])
    assert.deepEqual(kind.variablesOf(options('/opt/program')), ['TOKEN'])
    for (const wrong of [{ program: 'program' }, { program: './op' }, { token: 'a-token' }, { more: 1 }])
      assert.equal(kind.options.safeParse({ ...options('/opt/program'), ...wrong }).success, false)
  })
}

test('what is asked for is no option of a program', () => {
  for (const wrong of ['--help', 'stripe', 'op://vault', 'op://vault/item', 'op:///item/field', 'op://a/b/c/d/e'])
    assert.equal(onePasswordAccountSource.options.safeParse({ reference: wrong, token }).success, false, wrong)
  for (const wrong of ['--help', 'stripe', `${id} --all`])
    assert.equal(bitwardenSource.options.safeParse({ id: wrong, token }).success, false, wrong)
})

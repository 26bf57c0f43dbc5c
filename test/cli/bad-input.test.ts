import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { demandRefused } from './bad-input.suite.ts'
import { serveRows, unattendedRows } from './bad-rows/broker-rows.ts'
import { capRows } from './bad-rows/cap-rows.ts'
import { configRows } from './bad-rows/config-rows.ts'
import { keyRows } from './bad-rows/key-rows.ts'
import { plainRows } from './bad-rows/plain-rows.ts'
import { policyRows } from './bad-rows/policy-rows.ts'
import { projectRows } from './bad-rows/project-rows.ts'
import { sandboxRows } from './bad-rows/sandbox-rows.ts'
import { settingsRows } from './bad-rows/settings-rows.ts'
import { sourceRows } from './bad-rows/source-rows.ts'
import { freeSandbox, heldSandbox, trustRows } from './bad-rows/trust-rows.ts'
import { makeNamedFiles, vaultRows } from './bad-rows/vault-rows.ts'
import { makeServedHome, type ServedHome } from './served-home.suite.ts'

const source = join(repositoryRoot, 'packages/cli/src')
const { createProgram } = (await import(
  join(source, 'program.ts')
)) as typeof import('../../packages/cli/src/program.ts')
const { silentSession } = (await import(
  join(source, 'captured-command-line.suite.ts')
)) as typeof import('../../packages/cli/src/captured-command-line.suite.ts')

const rows = [
  ...vaultRows,
  ...capRows,
  ...configRows,
  ...keyRows,
  ...projectRows,
  ...policyRows,
  ...sandboxRows,
  ...trustRows,
  ...settingsRows,
  ...sourceRows,
  ...plainRows,
]
type Command = ReturnType<typeof createProgram>

let files: Disposable
let served: ServedHome
const ids = new Map<string, string>()
before(async () => {
  files = makeNamedFiles()
  served = await makeServedHome()
  for (const [word, ...options] of [[heldSandbox, '--constrain-ca'], [freeSandbox]] as const) {
    const args = ['sandbox', 'create', '--secret', 'KEY=stripe', ...options]
    ids.set(word, (await served.coatcheck.json<{ readonly id: string }>(args)).id)
  }
})
after(async () => {
  await served[Symbol.asyncDispose]()
  files[Symbol.dispose]()
})

for (const bad of rows) {
  test(`${bad.name}: refused in one sentence, and nothing changes`, () =>
    demandRefused(served.coatcheck, served.path, { ...bad, args: bad.args.map((word) => ids.get(word) ?? word) }))
}

/** Words of every command that does something. */
function* verbsBelow(command: Command, words: readonly string[]): Generator<string> {
  const children = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
  if (children.length === 0) yield words.join(' ')
  for (const child of children) yield* verbsBelow(child as Command, [...words, child.name()])
}

test('every command has bad input of its own', () => {
  const said = [...rows, ...serveRows, ...unattendedRows].map(({ args }) => ` ${args.join(' ')} `)
  const verbs = [...verbsBelow(createProgram(silentSession()), [])]
  assert.ok(verbs.length > 40, `only ${verbs.length} commands`)
  const forgotten = verbs.filter((verb) => !said.some((line) => line.includes(` ${verb} `)))
  assert.deepEqual(forgotten, [])
})

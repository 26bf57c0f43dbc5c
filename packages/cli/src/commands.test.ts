import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Command } from 'commander'
import { type Captured, runCaptured, silentSession, wasHomeMade } from './captured-command-line.suite.ts'
import { createProgram } from './program.ts'

const secret = 'sk_live_CaNaRy0123456789'

after(() => assert.equal(wasHomeMade(), false, 'a usage mistake started a broker'))

/** Every command with its words, groups included. */
function* commandsBelow(command: Command, words: readonly string[]): Generator<[readonly string[], Command]> {
  yield [words, command]
  for (const child of command.createHelp().visibleCommands(command)) {
    if (child.name() !== 'help') yield* commandsBelow(child, [...words, child.name()])
  }
}

const all = [...commandsBelow(createProgram(silentSession()), [])]
const leaves = all.filter(([, { commands }]) => commands.length === 0)

/** A usage failure: one sentence or one problem, nothing on standard output, and nothing of what was typed as a value. */
async function demandUsageFailure(args: readonly string[]): Promise<void> {
  const [plain, json] = [await runCaptured(args), await runCaptured(['--json', ...args])]
  const what = args.join(' ')
  for (const { code, stdout, stderr } of [plain, json] as readonly Captured[]) {
    assert.deepEqual([code, stdout], [2, ''], `${what}: ${stderr}`)
    assert.ok(!stderr.includes(secret), `${what} repeats a value`)
  }
  assert.match(plain.stderr, /^coatcheck: [^\n]+\n$/, what)
  const { code, detail, remedy } = JSON.parse(json.stderr)
  assert.equal(code, 'request_invalid', what)
  assert.ok(detail.length > 0 && remedy.length > 0)
}

for (const [words, command] of all) {
  const name = ['coatcheck', ...words].join(' ')

  test(`${name} --help says what it does, with every argument and option, and an example`, async () => {
    const { code, stdout, stderr } = await runCaptured([...words, '--help'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^Usage: coatcheck/)
    assert.match(stdout, /\n {2}\$ coatcheck /, 'it has no example')
    assert.ok(command.description().length > 0, 'it has no description')
    for (const argument of command.registeredArguments) assert.ok(argument.description, argument.name())
    for (const { flags, description, hidden } of command.options) assert.ok(hidden || description, flags)
    // Whatever stands behind the dollar sign is understood.
    for (const [, line = ''] of stdout.matchAll(/\$ coatcheck ([^\n]*)/g)) demandCommand(line)
  })

  if (words.length > 0) {
    test(`${name} refuses an option that it does not have`, async () => {
      const given = command.registeredArguments.filter(({ required }) => required).map(() => 'x')
      await demandUsageFailure([...words, '--no-such-option', ...given])
      await demandUsageFailure([...words, `--no-such-option=${secret}`, ...given])
    })
  }
}

/** The words of an example name a command and options that exist. */
function demandCommand(line: string): void {
  const own = line.split(/ {2,}| -- | [|>]|</)[0] ?? ''
  const words = own.split(' ')
  let command = all[0]?.[1]
  for (const word of words) {
    const option = /^(-\w|--[\w-]+)/.exec(word)?.[1]
    if (option !== undefined) {
      const known = [command, all[0]?.[1]].flatMap((one) => one?.options ?? [])
      assert.ok(
        known.some(({ long, short }) => [long, short].includes(option)),
        `${line} has ${option}`,
      )
    }
    command = command?.commands.find((child) => child.name() === word) ?? command
  }
  assert.notEqual(command, all[0]?.[1], `${line} names no command`)
}

for (const [words, command] of leaves) {
  const name = words.join(' ')
  const wanted = command.registeredArguments.filter(({ required }) => required)
  const isVariadic = command.registeredArguments.some(({ variadic }) => variadic)

  if (wanted.length > 0) {
    test(`${name} says which argument is missing`, () =>
      demandUsageFailure([...words, ...wanted.slice(1).map(() => 'x')]))
  }
  if (!isVariadic) {
    test(`${name} refuses an argument too many, and does not repeat it`, () =>
      demandUsageFailure([...words, ...command.registeredArguments.map(() => secret), secret]))
  }
  for (const { long, required, argChoices } of command.options) {
    if (!required || long === undefined) continue
    test(`${name} wants a value after ${long}`, () => demandUsageFailure([...words, ...wanted.map(() => 'x'), long]))
    if (argChoices === undefined) continue
    test(`${name} takes only known choices after ${long}`, () =>
      demandUsageFailure([...words, long, 'no-such-choice', ...wanted.map(() => 'x')]))
  }
}

test('a group of commands shows its help where none was chosen, and that is a usage failure', async () => {
  for (const [words, { commands }] of all) {
    if (commands.length === 0) continue
    const { code, stdout, stderr } = await runCaptured(words)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^Usage: coatcheck/)
    assert.equal(JSON.parse((await runCaptured(['--json', ...words])).stderr).code, 'request_invalid')
  }
})

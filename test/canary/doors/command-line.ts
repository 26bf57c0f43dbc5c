import assert from 'node:assert/strict'
import type { Door } from './door.ts'

const scope = ['--to', 'api.example.com', '--inject', 'bearer']
const wider = ['--to', '*.example.com', '--inject', 'bearer']

/** A secret's whole life on the command line. */
export const secretCommands: Door = {
  name: 'the commands of a secret, from create to delete',
  once: true,
  async walk(stage) {
    const { stored, next } = stage.values
    const done = async (code: number, args: readonly string[], stdin?: string) => {
      const result = await stage.command(args, stdin === undefined ? {} : { stdin })
      assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
    }
    await done(
      0,
      ['secret', 'create', 'piped', ...scope, '--value-stdin', '--rotation-days', '30'],
      `${stored.value}\r\n`,
    )
    await stage.withFile(`${next.value}\n`, async (file) => {
      await done(0, ['secret', 'create', 'filed', '--provider', 'stripe', '--value-file', file, '--json'])
      await done(0, ['secret', 'rotate', 'piped', '--value-file', file])
    })
    await done(4, ['secret', 'create', 'piped', ...scope], next.value)
    await done(0, ['secret', 'rotate', 'filed', '--value-stdin', '--json'], stored.value)
    await done(0, ['secret', 'update', 'piped', '--to', 'api.example.com/v1', '--inject', 'bearer'])
    await done(4, ['secret', 'update', 'piped', ...wider])
    await done(4, ['secret', 'update', 'piped', ...wider, '--value-stdin'], stored.value)
    await done(0, ['secret', 'update', 'piped', ...wider, '--value-stdin'], next.value)
    for (const form of [[], ['--json']]) {
      await done(0, ['secret', 'show', 'piped', ...form])
      await done(0, ['secret', 'list', ...form])
    }
    await done(0, ['secret', 'delete', 'piped'])
    await done(0, ['secret', 'delete', 'filed', '--json'])
  },
}

/** Values that are refused, on the command line. */
export const refusedValues: Door = {
  name: 'values that are refused, on standard input and in files',
  once: 'here',
  async walk(stage) {
    const { value } = stage.values.next
    const bad: readonly (string | Buffer)[] = [
      `${value}\n${value}`,
      `${value}\0`,
      ` ${value}\t`,
      value.repeat(2000),
      Buffer.concat([Buffer.from(value), Buffer.from([0xff, 0xfe])]),
      '',
    ]
    for (const given of bad) {
      const { code, stderr } = await stage.commandHere(['secret', 'create', 'bad', ...scope, '--value-stdin'], {
        stdin: given,
      })
      assert.equal(code, 2, stderr)
    }
    const inFile = await stage.withFile(bad[0]!, (file) =>
      stage.command(['secret', 'rotate', 'key', '--value-file', file]),
    )
    assert.equal(inFile.code, 2, inFile.stderr)
  },
}

/** A value typed where another argument belongs. Its caller's own arguments show it; nothing else may. */
export const mistypedArguments: Door = {
  name: 'a value typed as an argument',
  once: 'here',
  async walk(stage) {
    const { value } = stage.values.mistyped
    const create = ['secret', 'create', 'typed']
    const lines: readonly (readonly string[])[] = [
      [...create, ...scope, '--value', value],
      [...create, '--provider', value],
      [...create, '--to', `${value}!`, '--inject', 'bearer'],
      [...create, '--to', 'api.example.com', '--inject', value],
      [...create, '--to', 'api.example.com', '--inject', `header:${value} x`],
      [...create, ...scope, '--pin', value],
      [...create, ...scope, '--roots', value],
      [...create, ...scope, '--rotation-days', value],
      [...create, value, ...scope],
      ['secret', value],
      [value],
      ['logs', '--since', value],
      ['logs', '--status', value],
      ['audit', 'verify', '--anchor', value],
      ['run', '--ttl', value, '--', 'true'],
      ['run', '--profile', value, '--', 'true'],
      ['run', '--secret', value, '--', 'true'],
      ['run', '--secret', `KEY=${value}`, '--', 'true'],
      ['secret', 'show', value],
      ['--json', 'secret', 'delete', value],
    ]
    const stdin = stage.values.stored.value
    for (const [index, args] of lines.entries()) {
      // Where it stands among the arguments makes no difference to a process.
      const { code } = await (index < 2 ? stage.command(args, { stdin }) : stage.commandHere(args, { stdin }))
      assert.notEqual(code, 0, args.join(' '))
    }
  },
}

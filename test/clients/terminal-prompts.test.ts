import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { atTerminal, type TerminalStep } from './at-terminal.ts'
import { type Seen, typedAt } from './typed-at.ts'

const [enter, ctrlC, ctrlD] = ['\r', '\x03', '\x04']
const [sigkill, sigterm] = [9, 15]
const passphrase = 'correct horse battery'
const value = makeCanary('sk_live_').value
const first = '12 characters'
const second = 'once more'

let home: TemporaryHome
let coatcheck: CoatcheckCommand
before(() => {
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
})
after(() => home[Symbol.dispose]())

/** What a person sees who types at the prompts of a command; nothing that was typed unseen may be among it. */
async function typing(args: readonly string[], steps: readonly TerminalStep[]): Promise<Seen> {
  const { env } = coatcheck
  const seen = await typedAt([...coatcheck.argv, ...args], { cwd: home.path, env }, steps)
  for (const unseen of [passphrase, value]) assert.ok(!seen.raw.includes(unseen), 'it was shown')
  return seen
}

const isUntouched = (): boolean => !existsSync(join(home.path, 'keys'))

describe('a new passphrase is typed twice', { skip: skipWithout('/usr/bin/python3') }, () => {
  const init = ['init', '--key', 'passphrase']
  for (const [name, steps, says] of [
    ['one that differs', [passphrase + enter, `${passphrase}!${enter}`], /^coatcheck: The two passphrases differ; n/],
    ['nothing', [enter], /^coatcheck: No passphrase was typed; nothing was changed\.$/],
    ['Ctrl-C', [ctrlC], /^coatcheck: No passphrase was typed; nothing was changed\.$/],
    ['Ctrl-D', [ctrlD], /^coatcheck: No passphrase was typed; nothing was changed\.$/],
    ['Ctrl-D the second time', [passphrase + enter, ctrlD], /^coatcheck: The two passphrases differ; n/],
    ['one that is too short', [`short${enter}`, `short${enter}`], /^coatcheck: The passphrase is too short/],
  ] as const) {
    test(`${name} is one sentence, and makes no home`, async () => {
      const { code, last } = await typing(
        init,
        steps.map((send, index) => ({ expect: index === 0 ? first : second, send })),
      )
      assert.equal(code, 2)
      assert.match(last, says)
      assert.ok(isUntouched())
    })
  }

  test('the same one makes a key under it, which the next command asks for', async () => {
    const made = await typing(init, [
      { expect: first, send: passphrase + enter },
      { expect: second, send: passphrase + enter },
    ])
    assert.equal(made.code, 0, made.text)
    assert.match(readFileSync(join(home.path, 'keys/key'), 'latin1'), /^coatcheck-passphrase-/)
    const asked = 'Passphrase of the key'
    const wrong = await typing(['secret', 'list'], [{ expect: asked, send: `wrong ${passphrase}x${enter}` }])
    assert.equal(wrong.code, 4)
    assert.match(wrong.last, /^coatcheck: The passphrase is not that of the key/)
    const left = await typing(['secret', 'list'], [{ expect: asked, send: ctrlD }])
    assert.equal(left.code, 6)
    assert.match(left.last, /^coatcheck: The key asks for its passphrase/)
    const right = await typing(
      ['vault', 'passphrase', '--remove'],
      [{ expect: 'Present passphrase', send: passphrase + enter }],
    )
    assert.equal(right.code, 0, right.text)
  })
})

describe('what a person is asked', { skip: skipWithout('/usr/bin/python3') }, () => {
  const create = ['secret', 'create', 'stripe', '--provider', 'stripe']
  const asked = 'Value of stripe'

  for (const [name, send] of [
    ['nothing', enter],
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ] as const) {
    test(`for a value, ${name} stores none`, async () => {
      const { code, last } = await typing(create, [{ expect: asked, send }])
      assert.equal(code, 2)
      assert.match(last, /^coatcheck: No value was given: type it at the prompt/)
    })
  }

  test('a value that is typed is stored, and not shown', async () => {
    const { code, text } = await typing(create, [{ expect: asked, send: value + enter }])
    assert.equal(code, 0, text)
  })

  const destructive: readonly (readonly [args: readonly string[], asks: string])[] = [
    [['secret', 'delete', 'stripe'], 'Destroy stripe and all its versions?'],
    [['lockdown', '--all'], 'End every sandbox now?'],
    [['uninstall'], 'Destroy the keys and delete all this?'],
  ]
  for (const [args, expect] of destructive) {
    test(`${args.join(' ')} is not done without a yes`, async () => {
      // Each way out is the same code for all of them.
      for (const send of args[0] === 'secret' ? [enter, 'n', ctrlC, ctrlD] : [enter, ctrlD]) {
        const { code, last } = await typing(args, [{ expect, send }])
        assert.equal(code, 2)
        assert.equal(last, 'coatcheck: Not confirmed; nothing was changed.')
      }
      assert.equal((await coatcheck.run(['secret', 'show', 'stripe'])).code, 0)
    })
  }

  for (const [name, signal] of [
    ['told to end', sigterm],
    ['killed', sigkill],
  ] as const) {
    test(`a prompt that is ${name} leaves a shell that shows what is typed, and a home as it was`, async () => {
      const command = [...coatcheck.argv, 'uninstall'].map((word) => `'${word}'`).join(' ')
      const steps: readonly TerminalStep[] = [
        { expect: '$ ', send: `${command}\n` },
        { expect: 'delete all this?', signal },
        {
          expect: '$ ',
          send: 'stty -a | tr " ;" "\\n\\n" | grep -x -e "-*echo" -e "-*icanon" | xargs echo "mo""des:"; exit\n',
        },
        { expect: 'modes: icanon echo' },
      ]
      const env = { ...coatcheck.env, PS1: '$ ' }
      const { left, seen } = await atTerminal(['/bin/bash', '--norc', '-i'], { cwd: home.path, env }, steps)
      assert.equal(left, 0, seen)
      assert.equal((await coatcheck.run(['secret', 'show', 'stripe'])).code, 0)
    })
  }

  test('with a yes, each is done', async () => {
    for (const [args, expect] of destructive) {
      const { code, text } = await typing(args, [{ expect, send: 'y' }])
      assert.equal(code, 0, text)
    }
    assert.ok(isUntouched())
  })
})

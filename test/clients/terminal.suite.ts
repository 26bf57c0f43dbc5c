import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrokerStatus } from '@coatcheck/contract'
import { skipWithout } from '../fixtures/requirements.ts'
import { atTerminal, type TerminalStep, windowSize } from './at-terminal.ts'
import { type Extent, inSandbox, inShell, lazyPlace, longWait, type MakeUser } from './command-place.ts'

const ctrlC = '\x03'
const ctrlZ = '\x1a'
const ctrlBackslash = '\x1c'

/** `coatcheck run` at a terminal: keys, window and job control work as if it were not there. */
export function testTerminal(by: string, makeUser: MakeUser, unfit: string | false, extent: Extent): void {
  const skip = unfit || skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'prlimit', '/usr/bin/python3')
  const here = lazyPlace(makeUser)
  const typing = async (args: readonly string[], steps: readonly TerminalStep[]) => {
    const { coatcheck, cwd } = await here()
    return atTerminal([...coatcheck.argv, ...args], { cwd, env: coatcheck.env }, steps)
  }

  test(`${by}: Ctrl-C reaches the command’s own trap, once, and the exit code is the trap’s`, { skip }, async () => {
    const script = `trap 'echo trapped; exit 42' INT; echo ready; ${longWait}`
    const { code, seen, left } = await typing(inShell(script), [{ expect: 'ready', send: ctrlC }])
    assert.equal(left, 0, seen)
    assert.equal(seen.split('trapped').length - 1, 1, seen)
    assert.equal(code, 42)
  })

  // Says that it stands only once the shell has given it the terminal.
  const sleeper = `sh -c 'echo "st""ands"; exec sleep 60'`

  test(`${by}: an interactive shell has job control, and its exit code is exact`, { skip }, async () => {
    const steps = [
      { expect: '$ ', send: `${sleeper}\n` },
      { expect: 'stands', send: ctrlC },
      { expect: '$ ', send: `echo "ended with $?"; ${sleeper}\n` },
      { expect: 'ended with 130' },
      { expect: 'stands', send: ctrlZ },
      { expect: 'Stopped' },
      { expect: '$ ', send: 'kill %1; fg; echo "still $((40 + 2))"; exit 7\n' },
      { expect: 'still 42' },
    ]
    const { code, seen, left } = await typing(inSandbox('bash', '--norc', '-i'), steps)
    assert.equal(left, 0, seen)
    assert.equal(code, 7)
  })

  test(`${by}: a terminal that goes away ends the command and everything around it`, { skip }, async () => {
    const { code, left } = await typing(inShell(`echo ready; ${longWait}`), [{ expect: 'ready', hangup: true }])
    assert.equal(left, 0)
    assert.ok([129, -1].includes(code), `ended with ${code}`)
    const { coatcheck } = await here()
    let active = 1
    for (let attempt = 0; attempt < 20 && active > 0; attempt += 1) {
      active = (await coatcheck.json<BrokerStatus>(['status'])).sandboxes
    }
    assert.equal(active, 0)
  })

  if (extent === 'sample') return

  test(`${by}: Ctrl-C and Ctrl-\\ end a command that has no trap, as at any shell`, { skip }, async () => {
    const wait = inShell(`echo ready; exec sleep 60`)
    assert.equal((await typing(wait, [{ expect: 'ready', send: ctrlC }])).code, 130)
    assert.equal((await typing(wait, [{ expect: 'ready', send: ctrlBackslash }])).code, 131)
  })

  test(`${by}: the window’s size is passed on, and so is its change`, { skip }, async () => {
    const { rows, columns } = windowSize
    const script = `trap 'stty size; exit' WINCH; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size; ${longWait}`
    const steps = [{ expect: `${rows} ${columns}`, resize: [50, 200] }, { expect: '50 200' }] as const
    const { code, seen, left } = await typing(inShell(script), steps)
    assert.equal(left, 0, seen)
    assert.equal(code, 0)
  })

  test(`${by}: Ctrl-Z gives the terminal back to the caller’s shell, and fg goes on`, { skip }, async () => {
    const { coatcheck, cwd } = await here()
    const script = `trap 'echo "cont""inued"; exit 44' CONT; echo "st""ands"; ${longWait}`
    const words = [...coatcheck.argv, ...inShell(script)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    const steps = [
      { expect: '$ ', send: `${words.join(' ')}\n` },
      { expect: 'stands', send: ctrlZ },
      { expect: 'Stopped' },
      { expect: '$ ', send: 'fg\n' },
      { expect: 'continued' },
      { expect: '$ ', send: 'exit $?\n' },
    ]
    const env = { ...coatcheck.env, PS1: '$ ' }
    const { code, seen, left } = await atTerminal(['/bin/bash', '--norc', '-i'], { cwd, env }, steps)
    assert.equal(left, 0, seen)
    assert.equal(code, 44)
  })
}

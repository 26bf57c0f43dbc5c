import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { inEveryWorld } from './world.ts'

/** Types what it is told into a terminal in which a program runs, and prints all that appeared there. */
const typist = readFileSync(join(import.meta.dirname, 'fixtures/typist.py'), 'utf8')
const program = join(import.meta.dirname, 'fixtures/in-terminal.ts')

/** Each step waits for a text to appear, then types. */
type Step = readonly [awaited: string, typed: string]

async function inTerminal(command: readonly string[], steps: readonly Step[]): Promise<string> {
  const facts = JSON.stringify({ program: [process.execPath, '--conditions=source', program, ...command], steps })
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', typist, facts], { timeout: 60_000 })
  return stdout
}

inEveryWorld(import.meta.filename, () => {
  suite('a sandbox in a terminal', () => {
    test('the interrupt key reaches the command, whose trap decides the exit code', async () => {
      const script = 'trap "echo caught; exit 7" INT; echo up; while :; do sleep 0.05; done'
      const seen = await inTerminal(['sh', '-c', script], [['up', '\x03']])
      assert.match(seen, /caught\s+exit 7/)
    })

    test('the size of the window is seen', async () => {
      assert.match(await inTerminal(['stty', 'size'], []), /33 77\s+exit 0/)
    })

    test('job control works: stop, list, continue', async () => {
      const seen = await inTerminal(
        ['bash', '--norc', '-i'],
        [
          ['$ ', 'sleep 600\r'],
          ['sleep 600\r\n', '\x1a'],
          ['Stopped', 'kill -9 %1; echo sum $((20+22))\r'],
          ['sum 42', 'exit 5\r'],
        ],
      )
      assert.match(seen, /Stopped.*sum 42.*exit 5/s)
    })

    test('5. TIOCSTI puts nothing into the terminal of the caller', async () => {
      const source = `import fcntl, termios
for request in (termios.TIOCSTI, termios.TIOCSTI | 1 << 32):
    try:
        fcntl.ioctl(0, request, b"x")
        print("typed")
    except (OSError, OverflowError) as error:
        print("refused")
`
      assert.match(await inTerminal(['/usr/bin/python3', '-c', source], []), /^refused\s+refused\s+exit 0/)
    })

    test('6. with a terminal, too, the environment of process 1 is empty', async () => {
      assert.match(
        await inTerminal(['sh', '-c', 'wc -c </proc/1/environ; ls /proc/self/fd | wc -l'], []),
        /^0\s+4\s+exit 0/,
      )
    })
  })
})

import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runToEnd } from '../../test/fixtures/finished-process.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { launch } from '../bench/measure/launch.ts'

/** Nobody, inside and outside. */
const nobody = 65_534
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/tmp' }

const maxAttempts = 40
const pauseMs = 250

/** Programs of a system that lies in a folder, run as nobody, with a folder of their own in it. */
export class Cage implements Disposable {
  readonly #root: string
  readonly #data: string

  /** @param root folder of the system */
  constructor(root: string) {
    this.#root = root
    mkdirSync(join(root, 'tmp'), { recursive: true })
    this.#data = mkdtempSync(join(root, 'tmp/coatcheck-'))
    chownSync(this.#data, nobody, nobody)
  }

  /** The folder, as programs inside call it. */
  get folder(): string {
    return this.#data.slice(this.#root.length)
  }

  /** Writes a file into the folder. @returns its path, as programs inside call it */
  keep(name: string, text: string): string {
    const path = join(this.#data, name)
    writeFileSync(path, text, { mode: 0o600 })
    chownSync(path, nobody, nobody)
    return join(this.folder, name)
  }

  /** What a program writes. @param input what it reads @throws Error where it fails */
  run(program: string, args: readonly string[], input = ''): string {
    const all = [...this.#drop(), program, ...args]
    return execFileSync('chroot', all, { env, input, stdio: 'pipe' }).toString()
  }

  /** What a client writes, while the broker of this process serves it. */
  async ask(program: string, args: readonly string[], further: Readonly<Record<string, string>>): Promise<string> {
    const command = ['/usr/sbin/chroot', ...this.#drop(), program, ...args] as const
    const { stdout, stderr } = await runToEnd(command, { env: { ...env, ...further } })
    return stdout + stderr
  }

  /** The same as `run`, again and again until it succeeds: a server may listen before it answers. @throws Error after ten seconds */
  async runSoon(program: string, args: readonly string[], input: string): Promise<string> {
    for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
      try {
        return this.run(program, args, input)
      } catch {
        await sleep(pauseMs)
      }
    }
    return this.run(program, args, input)
  }

  /** Starts a server. @param argsFor what it is started with, given a free port of 127.0.0.1 */
  async start(program: string, argsFor: (port: number) => readonly string[]) {
    const port = await freePort()
    const args = [...this.#drop(), program, ...argsFor(port)]
    return { port, server: await launch({ file: 'chroot', args, env, cwd: '/' }, port) }
  }

  #drop(): readonly string[] {
    return [this.#root, 'setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']
  }

  [Symbol.dispose](): void {
    rmSync(this.#data, { recursive: true, force: true })
  }
}

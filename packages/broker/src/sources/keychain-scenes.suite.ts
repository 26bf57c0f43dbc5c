import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keychainCommand, keychainThrough } from './kinds/keychain-source.ts'
import { makeSourceFolder } from './local-source-scenes.suite.ts'
import type { SourceScene } from './source.suite.ts'

const entry = { service: 'stripe live', account: 'me' }

/** A keychain whose program is a stand-in, called as the real one of this system is. */
export async function standInKeychainScene(platform: 'darwin' | 'linux', value: Uint8Array): Promise<SourceScene> {
  const folder = makeSourceFolder()
  const [path, said] = [join(folder.path, 'program'), join(folder.path, 'said')]
  const { command, endsLine, variables } = keychainCommand(platform, entry, 1000)
  const args = command.slice(1)
  const script = [
    '#!/bin/sh',
    platform === 'linux' ? '[ "$DBUS_SESSION_BUS_ADDRESS" = unix:path=/run/user/1000/bus ] || exit 3' : '',
    `[ "$*" = '${args.join(' ')}' ] && [ $# = ${args.length} ] || exit 2`,
    `cat ${said} 2>/dev/null || exit 1`,
    endsLine ? 'echo' : '',
  ]
  writeFileSync(path, `${script.join('\n')}\n`, { mode: 0o700 })
  const put = (bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) rmSync(said)
    else writeFileSync(said, bytes)
  }
  put(value)
  return {
    source: keychainThrough(() => ({ command: [path, ...args], variables, endsLine }), '/nonexistent'),
    put,
    stall: () => writeFileSync(path, '#!/bin/sh\nsleep 60 & wait\n'),
    deny: () => chmodSync(path, 0o600),
    takesBytes: false,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]()
    },
  }
}

const places = (process.env['PATH'] ?? '').split(delimiter)
const pathOf = (name: string): string | undefined =>
  places.map((folder) => join(folder, name)).find((path) => existsSync(path))

const missing = ['secret-tool', 'gnome-keyring-daemon', 'dbus-daemon'].filter((name) => pathOf(name) === undefined)

/** Why the real programs cannot be tried here; false where they can. */
export const withoutKeyring: string | false = missing.length === 0 ? false : `needs ${missing.join(', ')}`

/** The Secret Service of GNOME on a bus of its own, read by `secret-tool`. */
export async function keyringScene(value: Uint8Array): Promise<SourceScene> {
  const folder = makeSourceFolder()
  const address = `unix:path=${join(folder.path, 'bus')}`
  mkdirSync(join(folder.path, 'run'), { mode: 0o700 })
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder.path,
    XDG_RUNTIME_DIR: join(folder.path, 'run'),
    DBUS_SESSION_BUS_ADDRESS: address,
  }
  const bus = spawn(pathOf('dbus-daemon')!, ['--session', '--nofork', '--print-address', `--address=${address}`], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(bus.stdout, 'data')
  const service = spawn(pathOf('gnome-keyring-daemon')!, ['--foreground', '--unlock', '--components=secrets'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  service.stdin.end('a passphrase')
  const tool = (verb: string, input?: Uint8Array): number | null => {
    const attributes = ['service', entry.service, 'account', entry.account]
    const args = verb === 'store' ? [verb, '--label=x', ...attributes] : [verb, ...attributes]
    return spawnSync(pathOf('secret-tool')!, args, { env, input: input ?? '', timeout: 2_000 }).status
  }
  const put = (bytes: Uint8Array | undefined): void => {
    const status = bytes === undefined ? tool('clear') : tool('store', bytes)
    if (status !== 0) throw new Error(`secret-tool ended with ${status}`)
  }
  const close = async (): Promise<void> => {
    for (const each of [service, bus]) await stop(each)
    folder[Symbol.dispose]()
  }
  // The service answers once it has made its first keyring.
  for (let tries = 0; tool('store', value) !== 0; tries += 1) {
    if (tries === 20) {
      await close()
      throw new Error('the keyring does not answer')
    }
    await delay(100)
  }
  const { command } = keychainCommand('linux', entry, 0)
  const call = {
    command: [pathOf('secret-tool')!, ...command.slice(1)],
    variables: { DBUS_SESSION_BUS_ADDRESS: address },
    endsLine: false,
  }
  return {
    source: keychainThrough(() => call, folder.path),
    put,
    stall: () => void service.kill('SIGSTOP'),
    takesBytes: false,
    takesLong: false,
    [Symbol.asyncDispose]: close,
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import type { OrdinaryUser } from '../fixtures/ordinary-user.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { startBroker } from './running-broker.ts'

/** Makes who runs the command; nobody, when the caller does. */
export type MakeUser = () => OrdinaryUser | undefined

/** How much of a suite is run: all, or what tells whether one chain of programs is sound. */
export type Extent = 'all' | 'sample'

/** A command with a running broker, and a folder to run it in. */
export interface CommandPlace {
  readonly coatcheck: CoatcheckCommand
  readonly cwd: string
}

/** Arguments that run a command in a sandbox. */
export function inSandbox(...command: readonly string[]): readonly string[] {
  return ['run', '--profile', 'locked', '--', ...command]
}

/** Arguments that run a shell script in a sandbox. */
export function inShell(script: string): readonly string[] {
  return inSandbox('/bin/sh', '-c', script)
}

/** For scripts that have nothing to do but to be there for a signal. */
export const longWait = 'while :; do sleep 0.1; done'

/** A place that is made when it is first asked for, and removed after the tests of this file. */
export function lazyPlace(makeUser: MakeUser): () => Promise<CommandPlace> {
  const undo = new AsyncDisposableStack()
  let place: Promise<CommandPlace> | undefined
  after(() => undo.disposeAsync())
  return () => {
    place ??= makePlace(undo, makeUser)
    return place
  }
}

async function makePlace(undo: AsyncDisposableStack, makeUser: MakeUser): Promise<CommandPlace> {
  const user = makeUser()
  if (user !== undefined) undo.use(user)
  const folder = undo.use(makeTemporaryHome(user?.uid)).path
  const [home, cwd] = [join(folder, 'home'), join(folder, 'workspace')]
  for (const path of [home, cwd]) {
    mkdirSync(path)
    if (user !== undefined) chownSync(path, user.uid, user.uid)
  }
  const coatcheck = makeCoatcheckCommand(home, user)
  undo.use(await startBroker(coatcheck))
  return { coatcheck, cwd }
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeOrdinaryUser, skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'

/** Somebody who uses the command, with a home for it and a folder of their own. */
export interface Caller extends Disposable {
  readonly uid: number
  /** Home of Coatcheck: database, key and sockets are below it. */
  readonly home: string
  /** Empty folder that belongs to the caller. */
  readonly folder: string
  readonly coatcheck: CoatcheckCommand
}

/** A kind of caller that the acceptance lines must hold for. */
export interface CallerKind {
  /** Fits behind "as". */
  readonly name: string
  /** Reason why there cannot be such a caller here, or `false`. */
  readonly skip: string | false
  make(): Caller
}

function makeRoot(): Caller {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-root-'))
  const home = join(folder, 'home')
  const own = join(folder, 'own')
  for (const path of [home, own]) mkdirSync(path, { mode: 0o700 })
  return {
    uid: 0,
    home,
    folder: own,
    coatcheck: makeCoatcheckCommand(home),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function makeOrdinary(): Caller {
  const user = makeOrdinaryUser()
  const home = join(user.home, 'home')
  return {
    uid: user.uid,
    home,
    folder: user.home,
    coatcheck: makeCoatcheckCommand(home, user),
    [Symbol.dispose]: () => user[Symbol.dispose](),
  }
}

const notRoot = process.getuid?.() === 0 ? false : 'the tests do not run as root'

/** Root, and somebody without rights. */
export const callerKinds: readonly CallerKind[] = [
  { name: 'root', skip: notRoot, make: makeRoot },
  { name: 'an ordinary user', skip: skipWithoutOrdinaryUser(), make: makeOrdinary },
]

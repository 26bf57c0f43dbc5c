import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeOrdinaryUser, skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { skipWithout } from '../fixtures/requirements.ts'

/** Somebody who uses the command, with a home for it and a folder of their own. */
export interface Caller extends Disposable {
  readonly uid: number
  /** Home of Coatcheck: database, key and sockets are below it. */
  readonly home: string
  /** A folder that belongs to the caller, beside the home. */
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

function makeFolders(base: string, uid: number) {
  const home = join(base, 'home')
  const folder = join(base, 'own')
  // What root runs is dropped to somebody who must be able to enter the folder.
  for (const [path, mode] of [
    [home, 0o700],
    [folder, 0o755],
  ] as const) {
    mkdirSync(path, { mode })
    if (process.getuid?.() === 0) chownSync(path, uid, uid)
  }
  return { uid, home, folder }
}

function makeRoot(): Caller {
  const base = mkdtempSync(join(tmpdir(), 'coatcheck-root-'))
  const folders = makeFolders(base, 0)
  return {
    ...folders,
    coatcheck: makeCoatcheckCommand(folders.home),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}

function makeOrdinary(): Caller {
  const user = makeOrdinaryUser()
  const folders = makeFolders(user.home, user.uid)
  return {
    ...folders,
    coatcheck: makeCoatcheckCommand(folders.home, user),
    [Symbol.dispose]: () => user[Symbol.dispose](),
  }
}

const fence = ['bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'prlimit']
const programs = skipWithout(...fence, '/usr/bin/python3', 'curl', 'git', 'openssl')
const notRoot = process.getuid?.() === 0 ? false : 'the tests do not run as root'

/** Root, and somebody without rights. */
export const callerKinds: readonly CallerKind[] = [
  { name: 'root', skip: programs || notRoot, make: makeRoot },
  { name: 'an ordinary user', skip: programs || skipWithoutOrdinaryUser(), make: makeOrdinary },
]

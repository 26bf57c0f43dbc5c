import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { writeFileAtomically } from '../foundation/write-file-atomically.ts'
import { HomeLock } from '../storage/sqlite/home-lock.ts'
import { type Home, homePaths } from './home.ts'

/** From where to where, each as `data/…` or `keys/…`. */
export type Move = readonly [from: string, to: string]

/**
 * A change of a home that was decided on, and is written down before it begins: whatever ends the process, the home is the
 * old one or, once somebody finishes it, the new one.
 */
export type HomeChange =
  | { readonly kind: 'restore'; readonly aside: readonly Move[]; readonly placed: readonly Move[] }
  | { readonly kind: 'removal' }

/** Folder in `data` and in `keys` in which a restore makes ready what it puts in place. */
const stageName = /^restore-\d+-[0-9a-f]{8}\.partial$/

const placeForm = /^(data|keys)((?:\/(?!\.\.?(?:\/|$))[\w.-]{1,100}){1,3})$/

/** Writes down a change, which is decided with that. @throws Error of the file system */
export function beginChange(home: Home, change: HomeChange): void {
  writeFileAtomically(homePaths(home).change, `${JSON.stringify(change)}\n`)
}

/** Forgets the change, which is done. */
export function endChange(home: Home): void {
  rmSync(homePaths(home).change, { force: true })
  if (existsSync(home.keys)) synchronize(home.keys)
}

/**
 * Ends what another process began and died over, and removes what it had not decided yet.
 * @throws CoatcheckError `home_in_use` when that process lives, `removal_unfinished`, `storage_damaged`
 */
export function finishChange(home: Home): void {
  if (!existsSync(homePaths(home).change)) return
  const lock = new HomeLock(homePaths(home).lock, 'alone')
  try {
    finishClaimedChange(home)
  } finally {
    lock.release()
  }
}

/** As `finishChange`, for whoever has the home alone. Moves that were made already are not made again. */
export function finishClaimedChange(home: Home): void {
  const change = readChange(home)
  if (change?.kind === 'removal') throw new CoatcheckError('removal_unfinished')
  if (change !== undefined) {
    const touched = new Set<string>()
    const move = (from: string, to: string): void => {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      renameSync(from, to)
      for (const folder of [dirname(from), dirname(to)]) touched.add(folder)
    }
    for (const [from, to] of change.aside) if (existsSync(from) && !existsSync(to)) move(from, to)
    for (const [from, to] of change.placed) if (existsSync(from)) move(from, to)
    for (const folder of touched) if (existsSync(folder)) synchronize(folder)
    endChange(home)
  }
  sweepStages(home)
}

/** Removes what restores had made ready and had not decided. Nobody restores while the caller has a claim on the home. */
export function sweepStages(home: Home): void {
  if (existsSync(homePaths(home).change)) return
  for (const folder of [home.data, home.keys]) {
    for (const name of readdirSync(folder)) {
      if (stageName.test(name)) rmSync(join(folder, name), { recursive: true, force: true })
    }
  }
}

/** Makes what lies in a folder, or in a file, outlive the machine's sudden death. */
export function synchronize(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** SECURITY: whatever the file says, nothing outside the home's two folders is moved. */
function readChange(home: Home): HomeChange | undefined {
  const { change: path } = homePaths(home)
  if (!existsSync(path)) return undefined
  try {
    const change = JSON.parse(readFileSync(path, 'utf8')) as HomeChange
    if (change.kind === 'removal') return change
    const resolved = (moves: readonly Move[]): readonly Move[] =>
      moves.map(([from, to]) => [placeOf(home, from), placeOf(home, to)])
    return { kind: change.kind, aside: resolved(change.aside), placed: resolved(change.placed) }
  } catch (cause) {
    const reason = `${path} says what an interrupted restore still has to do, and is malformed`
    throw new CoatcheckError('storage_damaged', { reason }, { cause })
  }
}

function placeOf(home: Home, place: string): string {
  const [, part, rest] = placeForm.exec(place) ?? []
  if (rest === undefined) throw new TypeError('a place outside the home')
  return join(part === 'keys' ? home.keys : home.data, rest)
}

import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileFailure } from './file-failure.ts'

/** A new file, mode 0600, for a text that is shown once. */
export interface NewFile {
  readonly path: string
  /** Rejects where it cannot be written; then `undo` was called, since nobody has seen the text. */
  write(text: string, undo: () => Promise<void>): Promise<void>
}

/**
 * Runs `act` with a new file, or with none where no name is given; a file that `act` fails with is removed.
 * @throws CoatcheckError where the file cannot be made, before `act` runs
 */
export async function withNewFile(
  name: string | undefined,
  cwd: string,
  act: (file: NewFile | undefined) => Promise<unknown>,
): Promise<void> {
  if (name === undefined) return void (await act(undefined))
  const path = resolve(cwd, name)
  const descriptor = openNew(path)
  try {
    await act({ path, write: (text, undo) => writeText(descriptor, text, undo) })
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    throw fileFailure('the file for it cannot be made', error)
  }
}

async function writeText(descriptor: number, text: string, undo: () => Promise<void>): Promise<void> {
  try {
    writeSync(descriptor, `${text}\n`)
  } catch (error) {
    await undo()
    throw fileFailure('it cannot be written into its file', error)
  }
}

import { CoatcheckError } from '@coatcheck/contract'

/** SQLite's result codes for a file that is damaged, or no database: https://www.sqlite.org/rescode.html */
const damaged: ReadonlySet<number> = new Set([11, 26])

/** What SQLite also says when the disk has no room for its index file. */
const inputOutput = 10

/** Runs `act`, and turns failures of SQLite and of the file system into CoatcheckError `row_tampered` | `storage_damaged` | `storage_unavailable`. */
export function translateStorageErrors<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    throw translate(error)
  }
}

function translate(error: unknown): unknown {
  if (error instanceof CoatcheckError || !(error instanceof Error)) return error
  const { code, errcode, errstr } = error as {
    readonly code?: string
    readonly errcode?: number
    readonly errstr?: string
  }
  if (code === 'ERR_SQLITE_ERROR') {
    if (damaged.has((errcode ?? 0) & 0xff)) return new CoatcheckError('storage_damaged', {}, { cause: error })
    return new CoatcheckError('storage_unavailable', { reason: reasonOf(errcode, errstr) }, { cause: error })
  }
  // No row of ours holds an integer that a number cannot.
  if (code === 'ERR_OUT_OF_RANGE')
    return new CoatcheckError('row_tampered', { reason: 'out of range' }, { cause: error })
  if ('syscall' in error)
    return new CoatcheckError('storage_unavailable', { reason: code ?? 'unknown' }, { cause: error })
  return error
}

function reasonOf(errcode = 0, errstr = 'unknown'): string {
  return (errcode & 0xff) === inputOutput ? `${errstr}; is the disk full?` : errstr
}

import type { ServedSession } from '../connector.ts'
import { maskedStatements, type SqlDialect } from './masked-statements.ts'

/** Statements that one session has told of in a second; of what is beyond, the number is. */
const maxPerSecond = 20

/** Tells of the statements of one session, without their values. */
export class StatementLog {
  readonly #session: Pick<ServedSession, 'said' | 'setup'>
  readonly #dialect: SqlDialect
  #second = 0
  #count = 0
  #left = 0

  constructor(session: Pick<ServedSession, 'said' | 'setup'>, dialect: SqlDialect) {
    this.#session = session
    this.#dialect = dialect
  }

  /** @param bytes of the text as the client sent it @param isPrepared it was prepared, and not executed by that */
  add(bytes: Buffer, isPrepared: boolean): void {
    const text = bytes.toString('utf8').replaceAll(this.#session.setup.placeholder, '?')
    for (const statement of maskedStatements(text, this.#dialect)) {
      this.#tell(`${isPrepared ? 'prepared' : 'statement'}: ${statement}`)
    }
  }

  /** A text that cannot be looked at. @param length in bytes */
  addUnread(length: number): void {
    this.#tell(`statement: not read, ${length} bytes`)
  }

  /** Tells how many were left out last. */
  close(): void {
    if (this.#left > 0) this.#session.said(`${this.#left} further statements`)
    this.#left = 0
  }

  #tell(note: string): void {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) {
      this.close()
      this.#count = 0
    }
    this.#second = second
    this.#count += 1
    if (this.#count <= maxPerSecond) this.#session.said(note)
    else this.#left += 1
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The source `file` of one value, which a test changes, and a clock that it moves. */
export class ChangingSource implements Disposable {
  /** A folder that goes with the source. */
  readonly folder = mkdtempSync(join(tmpdir(), 'coatcheck-value-'))
  readonly #path = join(this.folder, 'value')
  #aheadMs = 0

  /** What a broker of the test goes by. */
  readonly clock = {
    now: () => new Date(Date.now() + this.#aheadMs),
    monotonicMs: () => performance.now() + this.#aheadMs,
  }

  constructor() {
    this.change('not known yet, but long enough')
  }

  /** Describes it to the broker of a home, before that starts. @param to where its value may go, at a port of this machine */
  describe(home: string, to: string, port?: number): void {
    const pin = { address: '127.0.0.1', ...(port !== undefined && { port }) }
    const times = { freshForSeconds: 3_600, maxAgeSeconds: 7_200 }
    const file = { kind: 'file', path: this.#path, to: [{ to, pin }], ...times }
    mkdirSync(join(home, 'keys'), { mode: 0o700 })
    writeFileSync(join(home, 'keys/sources.yaml'), JSON.stringify({ sources: { file } }), { mode: 0o600 })
  }

  /** Gives it another value. */
  change(value: string): void {
    writeFileSync(this.#path, value, { mode: 0o600 })
  }

  /** Lets time pass. A value that was fetched a moment ago is not asked for again. */
  wait(ms: number): void {
    this.#aheadMs += ms
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

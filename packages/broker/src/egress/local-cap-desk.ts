import type { Amounts } from '../caps/amounts.ts'
import type { CapAsk, CapDesk, CapHold } from '../caps/cap-desk.ts'
import type { CapLedger } from '../caps/cap-ledger.ts'
import { ledgerKey } from '../caps/standing-cap.ts'
import { applicableCaps } from './applicable-caps.ts'
import type { RouteTable } from './route-table.ts'

/** The desk of the thread that has the ledger. SECURITY: which caps stand on a request is found out here, whoever asks. */
export class LocalCapDesk implements CapDesk {
  readonly #ledger: CapLedger
  readonly #routes: Pick<RouteTable, 'routesOf'>

  constructor(ledger: CapLedger, routes: Pick<RouteTable, 'routesOf'>) {
    this.#ledger = ledger
    this.#routes = routes
  }

  async reserve({ sandboxId, grantIds, amounts, part, except = [] }: CapAsk): Promise<CapHold> {
    const standing = applicableCaps(this.#routes.routesOf(sandboxId), grantIds)
    const asked = standing.filter((each) => part === undefined || each.cap.unit === 'bytes')
    if (part !== undefined && asked.length === 0) return { id: '', keys: [] }
    return this.#ledger.reserve(
      asked.filter((cap) => !except.includes(ledgerKey(cap))),
      amounts,
      part,
    )
  }

  settle(holdId: string, actual: Amounts): void {
    this.#ledger.settle(holdId, actual)
  }
}

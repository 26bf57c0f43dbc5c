import { type CapUnit, capUnits } from '@coatcheck/contract'

/** How much of each unit, in whole units of the ledger; what is absent is not known. */
export type Amounts = Readonly<Partial<Record<CapUnit, number>>>

/** That nothing was used of any unit. */
export const nothingUsed: Amounts = Object.fromEntries(capUnits.map((unit) => [unit, 0]))

/** Of a dollar; so fine that the price of one token is whole. */
const nanos = 1_000_000_000

/** What the ledger counts for so much of a unit: dollars in billionths, everything else as it is. */
export function toLedger(unit: CapUnit, amount: number): number {
  return unit === 'usd' ? Math.round(amount * nanos) : Math.ceil(amount)
}

/** The other way round. */
export function fromLedger(unit: CapUnit, amount: number): number {
  return unit === 'usd' ? amount / nanos : amount
}

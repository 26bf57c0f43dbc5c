import type { ExplainedCap } from '@coatcheck/contract'
import type { Amounts } from '../../caps/amounts.ts'
import type { ExaminedCap } from '../../caps/cap-service.ts'
import type { ModelPrices } from '../../caps/model-prices.ts'
import type { StandingCap } from '../../caps/standing-cap.ts'
import { applicableCaps } from '../applicable-caps.ts'
import type { Exchange } from '../exchange.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { measureExchange } from '../stages/measure-exchange.ts'

/** Tells how caps stand, and what they would say. */
export interface CapExaminer {
  examine(standing: readonly StandingCap[], amounts: Amounts): Promise<readonly ExaminedCap[]>
}

/** What caps say of a request of which nobody knows the body. */
export interface DescribedCaps {
  readonly caps: readonly ExplainedCap[]
  /** Present where one of them would not let it through, whatever its body is. */
  readonly refusal?: Refusal
}

type Examined = ExaminedCap | (Pick<ExaminedCap, 'usage'> & { readonly awaitsBody: true })

const withBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** Every cap that stands on a request, and whether it has room. Holds nothing. @throws CoatcheckError `storage_unavailable` */
export async function describeCaps(
  exchange: Pick<Exchange, 'arrival' | 'attachments' | 'head' | 'routes'>,
  examiner: CapExaminer | undefined,
  prices: ModelPrices | undefined,
): Promise<DescribedCaps> {
  const grantIds = exchange.attachments.map(({ grant }) => grant.grant.id)
  const standing = applicableCaps(exchange.routes, grantIds)
  if (standing.length === 0 || examiner === undefined) return { caps: [] }
  const { amounts } = measureExchange(exchange, standing, prices, undefined)
  const mayTell = withBody.has(exchange.head.method)
  const examined = (await examiner.examine(standing, amounts)).map((each) => {
    const { unit } = each.usage.cap
    const isOpen =
      mayTell && unit !== 'requests' && unit !== 'bytes' && unit !== 'errors' && amounts[unit] === undefined
    return isOpen && each.refusal?.code !== 'circuit_open' ? { usage: each.usage, awaitsBody: true } : each
  })
  return described(examined)
}

/** What these caps say of something of which everything is known that they count. Holds nothing. @throws CoatcheckError `storage_unavailable` */
export async function describeStanding(
  standing: readonly StandingCap[],
  amounts: Amounts,
  examiner: CapExaminer | undefined,
): Promise<DescribedCaps> {
  if (standing.length === 0 || examiner === undefined) return { caps: [] }
  return described(await examiner.examine(standing, amounts))
}

/** Caps that count what goes over a connection that nobody reads as requests. */
export function countingBytes(standing: readonly StandingCap[]): readonly StandingCap[] {
  return standing.filter(({ cap }) => cap.unit === 'bytes')
}

function described(examined: readonly Examined[]): DescribedCaps {
  const refusing = examined.find((each) => 'refusal' in each && each.refusal !== undefined) as ExaminedCap | undefined
  const { code, facts } = refusing?.refusal ?? {}
  return {
    caps: examined.map((each) => describe(each)),
    ...(code !== undefined && { refusal: refuse(code, facts) }),
  }
}

function describe(examined: Examined): ExplainedCap {
  const { on, id, text, used, reserved, reset } = examined.usage
  const outcome = 'awaitsBody' in examined ? 'awaits-body' : (examined.refusal?.code ?? 'room')
  return { on, id, text, used, reserved, reset, outcome }
}

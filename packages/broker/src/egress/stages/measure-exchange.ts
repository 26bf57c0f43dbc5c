import type { Amounts } from '../../caps/amounts.ts'
import { type Measured, measureCall } from '../../caps/measure-call.ts'
import { ModelPrices } from '../../caps/model-prices.ts'
import type { StandingCap } from '../../caps/standing-cap.ts'
import type { Exchange } from '../exchange.ts'

/** What a request is measured by. */
type Measurable = Pick<Exchange, 'arrival' | 'attachments' | 'head' | 'upgrade'>

/** What a request uses at most, as far as a cap on it counts that. @param chunks its body; undefined where that is not at hand */
export function measureExchange(
  exchange: Measurable,
  standing: readonly StandingCap[],
  prices: ModelPrices | undefined,
  chunks: readonly Uint8Array[] | undefined,
): Measured {
  const bytes = chunks?.reduce((length, { byteLength }) => length + byteLength, 0)
  const plain: Amounts = { requests: 1, ...(bytes !== undefined && { bytes }) }
  if (!standing.some(({ cap }) => cap.unit !== 'requests' && cap.unit !== 'bytes')) return { amounts: plain }
  const { amounts, plan } = measureSpend(exchange, prices, chunks)
  return { amounts: { ...amounts, ...plain }, ...(plan && { plan }) }
}

/** The dollars, tokens and e-mails that a request uses at most, whether or not a cap counts them. @param chunks as above */
export function measureSpend(
  { arrival, attachments, head, upgrade }: Measurable,
  prices: ModelPrices | undefined,
  chunks: readonly Uint8Array[] | undefined,
): Measured {
  const type = head.fields.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? ''
  const isEncoded = head.fields.some(({ name }) => name.toLowerCase() === 'content-encoding')
  return measureCall(
    {
      host: arrival.destination.host,
      provider: attachments.find(({ grant }) => grant.provider !== null)?.grant.provider ?? null,
      hasSecret: attachments.length > 0,
      isUpgrade: upgrade !== undefined,
      method: head.method,
      path: head.path,
      body: isEncoded ? undefined : chunks && Buffer.concat(chunks),
      contentType: type.split(';')[0]!.trim().toLowerCase(),
    },
    prices ?? new ModelPrices(),
  )
}

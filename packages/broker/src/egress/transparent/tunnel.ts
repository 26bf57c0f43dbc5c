import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CoatcheckError } from '@coatcheck/contract'
import type { ByteBudget } from '../../caps/byte-budget.ts'
import { meteredFlow } from '../../caps/metered-flow.ts'
import { formatDestination } from '../../foundation/destination.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Arrival } from '../exchange.ts'
import type { PipelineServices } from '../pipeline.ts'
import { type Refusal, recordedCode } from '../refusal.ts'
import type { Reach } from '../routes.ts'

const maxListeners = 20

/** What a tunnel needs to know beside where it goes. */
export interface TunnelOptions {
  readonly arrival: Arrival
  readonly project: string
  readonly rule: string
  readonly reach: Reach
  readonly signal: AbortSignal
  /** What caps let it carry; as much as it likes where it is absent. */
  readonly budget?: ByteBudget
}

/**
 * Carries bytes that the broker does not read to a destination that a network rule allows: an exit for data, with no
 * secret attached. Never rejects.
 */
export async function openTunnel(client: Socket, options: TunnelOptions, services: PipelineServices): Promise<void> {
  const { arrival, budget, project, rule, reach, signal } = options
  const { audit, clock, faults, upstream } = services
  const startedAtMs = clock.monotonicMs()
  const event = { id: newIdentifier('con'), project, sandbox: arrival.sandboxId, rule, ...arrival.destination }
  try {
    await audit.append({ ...event, kind: 'connection.intended' })
  } catch {
    // SECURITY: no record, no connection.
    client.destroy()
    budget?.close()
    return
  }
  let code: { code?: ReturnType<typeof recordedCode> } = {}
  let bytesSent = 0
  let bytesReceived = 0
  try {
    // A client that has said everything may still be waiting for the answer.
    client.allowHalfOpen = true
    const service = await upstream.dial(arrival.destination, { ...reach, transport: 'tcp' }, signal)
    // The two pipelines see the errors that matter; a later one would end the process.
    service.on('error', () => {})
    // Both listen on both sides, beside those who hold the connection: more than Node takes for usual, and never more than these.
    for (const side of [client, service]) side.setMaxListeners(maxListeners)
    const stop = () => service.destroy()
    signal.addEventListener('abort', stop, { once: true })
    client.once('close', stop)
    client.on('data', (chunk: Buffer) => {
      bytesSent += chunk.length
    })
    service.on('data', (chunk: Buffer) => {
      bytesReceived += chunk.length
    })
    const carried = await Promise.allSettled([carry(client, service, budget), carry(service, client, budget)])
    signal.removeEventListener('abort', stop)
    signal.throwIfAborted()
    const refused = carried.find((end) => end.status === 'rejected' && end.reason instanceof CoatcheckError)
    if (refused?.status === 'rejected') throw refused.reason
  } catch (error) {
    code = { code: recordedCode(signal.aborted ? (signal.reason as Refusal) : faults.refusalOf(event.id, error)) }
  } finally {
    client.destroy()
    budget?.close()
  }
  const latencyMs = Math.round(clock.monotonicMs() - startedAtMs)
  const outcome = {
    ...event,
    ...code,
    bytesSent,
    bytesReceived,
    latencyMs,
    note: formatDestination(arrival.destination),
  }
  // Nobody is left to be told: the intent stands without an outcome, which is what the index shows as open.
  await audit.append({ ...outcome, kind: 'connection.completed' }).catch(() => {})
}

function carry(from: Duplex, to: Duplex, budget: ByteBudget | undefined): Promise<void> {
  return budget === undefined ? pipeline(from, to) : pipeline(from, meteredFlow(budget), to)
}

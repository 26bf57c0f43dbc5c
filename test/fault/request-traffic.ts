import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientConnection, openClientConnection, responseTo } from '../wire/client-connection.ts'
import { type Inside, type Received, receive } from '../wire/world.ts'

/** What clients saw of their requests. */
export interface Sightings {
  /** Paths of the requests whose responses came to their end. */
  readonly ended: string[]
  /** Ids under which the broker refused. */
  readonly refused: string[]
  /** What should not have happened. */
  readonly faults: string[]
}

/** Where the traffic goes and until when. */
export interface TrafficOptions {
  readonly inside: Inside
  readonly host: string
  /** Variable of the placeholder. */
  readonly env: string
  /** Begins every path. */
  readonly prefix: string
  readonly sightings: Sightings
  /** Whether the broker was told to die: errors are expected from then on. */
  readonly over: () => boolean
}

/** Pauses between requests are shorter than this, in milliseconds. */
const pauseMs = 16

/** Sends requests one after the other, of every kind in turn, until the broker is gone. */
export async function sendTraffic(options: TrafficOptions): Promise<void> {
  const { inside, host, sightings, over } = options
  try {
    using connection = await openClientConnection(inside, host)
    for (let index = 0; ; index += 1) {
      await sendOne(connection, index, options)
      // As many as a journal takes that is read whole at the end.
      await sleep(index % pauseMs)
    }
  } catch (error) {
    if (!over()) sightings.faults.push(`a client failed before the kill: ${error}`)
  }
}

async function sendOne(connection: ClientConnection, index: number, options: TrafficOptions): Promise<void> {
  const { inside, env, prefix, sightings } = options
  const target = `${prefix}/${index}`
  const placeholder = inside.placeholder(env)
  const refusable = index % 4 === 3
  const headers = [['Authorization', `Bearer ${refusable ? 'somebody-elses-key-0123456789' : placeholder}`]] as const
  const { status, code, text } = await receive(await ask(connection, target, index, headers))
  if (refusable) {
    if (code !== 'foreign_credential') sightings.faults.push(`${target} was not refused: ${status} ${code}`)
    else sightings.refused.push(instanceOf(text))
  } else if (status === 200) sightings.ended.push(target)
  else sightings.faults.push(`${target} got ${status} ${code}`)
}

function ask(
  connection: ClientConnection,
  target: string,
  index: number,
  headers: readonly (readonly [string, string])[],
): Promise<IncomingMessage> {
  if (index % 2 === 0) return connection.open({ target, headers })
  const body = Buffer.alloc(1 + ((index * 7919) % 4096), 'x')
  const length = ['Content-Length', String(body.length)] as const
  const request = connection.begin({ method: 'POST', target, headers: [...headers, length] })
  request.on('error', () => {})
  return responseTo(request.end(body))
}

function instanceOf(text: Received['text']): string {
  return (JSON.parse(text) as { instance: string }).instance
}

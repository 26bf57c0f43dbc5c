import { CoatcheckError } from '@coatcheck/contract'
import type { Context, MiddlewareHandler } from 'hono'
import type { AdminEnv } from './gate.ts'
import type { KeptReply, ReplyMemory } from './reply-memory.ts'
import { readBytes } from './request-body.ts'

/** Longest reply that is kept, in bytes. */
const maxReplyBytes = 256 * 1024

/** `Idempotency-Key` on POST: the same key with the same request gives the same reply, for a day, and acts once. */
export function idempotency(memory: ReplyMemory): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const key = context.req.header('idempotency-key')
    if (key === undefined || context.req.method !== 'POST') return next()
    demandKey(key, context)
    const bytes = await readBytes(context.req.raw.body)
    const { path, url } = context.req
    const fingerprint = memory.fingerprint([path, new URL(url).search, bytes])
    let isFirst = false
    const { actor, project } = context.get('caller')
    const kept = await memory.reply(`${project} ${actor}`, key, fingerprint, async () => {
      isFirst = true
      context.req.raw = new Request(context.req.raw.url, {
        method: 'POST',
        headers: context.req.raw.headers,
        body: Uint8Array.from(bytes),
        signal: context.req.raw.signal,
      })
      await next()
      return keep(context.res)
    })
    bytes.fill(0)
    if (isFirst || kept === undefined) return undefined
    return new Response(Uint8Array.from(kept.body), { status: kept.status, headers: kept.headers })
  }
}

function demandKey(key: string, context: Context<AdminEnv>): void {
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new CoatcheckError('request_invalid', { reason: 'Idempotency-Key is 1 to 255 visible ASCII characters' })
  const form = context.get('documentation')?.reply.form ?? 'json'
  if (form !== 'json')
    throw new CoatcheckError('request_invalid', { reason: 'this action cannot be repeated by an Idempotency-Key' })
}

/** What failed has changed nothing and is not kept: repeating the request is what the key is for. */
async function keep(response: Response): Promise<KeptReply | undefined> {
  if (!response.ok) return undefined
  const body = new Uint8Array(await response.clone().arrayBuffer())
  return body.length > maxReplyBytes ? undefined : { status: response.status, headers: [...response.headers], body }
}

import { CoatcheckError } from '@coatcheck/contract'
import type { MiddlewareHandler } from 'hono'
import type { AdminEnv } from './gate.ts'
import { maxBodyBytes } from './request-body.ts'

/** Refuses what no route could read in one way only, before a handler runs. */
export function requestChecks(): MiddlewareHandler<AdminEnv> {
  return (context, next) => {
    const { req } = context
    refuseAmbiguousQuery(req.queries())
    const documentation = context.get('documentation')
    // SECURITY: R-95. A query ends up in logs; where none is expected, a credential in it is refused rather than passed over.
    if (documentation !== undefined && documentation.query === undefined && Object.keys(req.query()).length > 0)
      throw new CoatcheckError('request_invalid', { reason: 'this route takes no parameters in the query' })
    if (Number(req.header('content-length') ?? 0) > maxBodyBytes)
      throw new CoatcheckError('request_too_large', { limitBytes: maxBodyBytes })
    if (hasBody(req.raw, req.header('content-length')))
      demandJson(req.header('content-type'), req.header('content-encoding'))
    return next()
  }
}

function refuseAmbiguousQuery(queries: Readonly<Record<string, readonly string[]>>): void {
  if (Object.values(queries).some(({ length }) => length > 1))
    throw new CoatcheckError('request_invalid', { reason: 'a parameter of the query stands there twice' })
}

function hasBody(request: Request, length: string | undefined): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false
  return length === undefined ? request.body !== null && request.headers.has('transfer-encoding') : length !== '0'
}

/** SECURITY: a web page may send a form or plain text without being asked; JSON it may not. */
function demandJson(type: string | undefined, coding: string | undefined): void {
  const isJson = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')
  const isPlain = coding === undefined || /^identity$/i.test(coding)
  if (!isJson || !isPlain) throw new CoatcheckError('media_type_unsupported')
}

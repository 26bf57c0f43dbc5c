import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Route } from '../fixtures/origin-routes.ts'

/** How long the answer waits for the client before it breaks off. */
const patienceMs = 20_000

function sendDelta(response: ServerResponse, delta: string): void {
  const event = { type: 'response.output_text.delta', delta, item_id: 'msg_1', output_index: 0, content_index: 0 }
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}

/**
 * An event stream that goes on only when the client asks for the model `go-on`: who waits for its end before handing on
 * its beginning never gets it.
 */
export function pausedAnswer(): readonly Route[] {
  let goOn = Promise.withResolvers<boolean>()
  return [
    {
      method: 'POST',
      path: /^\/v1\/responses$/,
      async answer({ request, response }) {
        request.resume()
        goOn = Promise.withResolvers()
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        sendDelta(response, 'The key')
        const timer = new AbortController()
        const late = delay(patienceMs, false, { ...timer, ref: false }).catch(() => false)
        const wentOn = await Promise.race([goOn.promise, late])
        timer.abort()
        if (!wentOn) return void response.destroy()
        sendDelta(response, ' stayed outside.')
        response.end()
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/models\/go-on$/,
      answer({ response }) {
        goOn.resolve(true)
        const model = { id: 'go-on', object: 'model', created: 1, owned_by: 'fixture' }
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(model))
      },
    },
  ]
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'
import { type AgentDoorServices, createAgentApp } from './agent-app.ts'

/** Longest body that is read, and thrown away: nothing here takes one. In bytes. */
const maxBodyBytes = 64 * 1024

/** Answers what sandboxes ask the broker itself. */
export class AgentDoor {
  readonly #services: AgentDoorServices
  readonly #app: ReturnType<typeof createAgentApp>

  constructor(services: AgentDoorServices) {
    this.#services = services
    this.#app = createAgentApp(services)
  }

  /** Answers a request of a sandbox that is known and alive. Never throws. */
  answer(sandboxId: string, request: IncomingMessage, response: ServerResponse): void {
    discardBody(request)
    this.#reply(sandboxId, request, response).catch(() => response.destroy())
  }

  async #reply(sandboxId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const { origin } = request.headers
    // SECURITY: only path, verb and `Origin` reach the routes, so nothing else of the request can mean anything there.
    const asked = new Request(`http://agent-door${path.startsWith('/') ? path : '/-'}`, {
      method: verbOf(request),
      ...(origin === undefined ? {} : { headers: { origin } }),
    })
    const afterwards = (act: () => Promise<void>): void => {
      const run = () => void act().catch((error: unknown) => this.#report(error))
      if (response.closed) run()
      else response.once('close', run)
    }
    const reply = await this.#app.fetch(asked, { sandboxId, afterwards })
    const body = Buffer.from(await reply.arrayBuffer())
    const length = reply.status === 204 ? {} : { 'content-length': body.length }
    response.writeHead(reply.status, { ...Object.fromEntries(reply.headers), ...length })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  /** What has ended stays ended when the journal is failing, and nobody is there to be told. */
  #report(error: unknown): void {
    if (!(error instanceof CoatcheckError)) this.#services.reportFault(newIdentifier('evt'), error)
  }
}

/** A verb that no route has stands for all that cannot be constructed as a request. */
function verbOf({ method }: IncomingMessage): string {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' ? method : 'POST'
}

function discardBody(request: IncomingMessage): void {
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > maxBodyBytes) request.destroy()
  })
}

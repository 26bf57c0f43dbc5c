import { CoatcheckError } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'
import { inertReply } from '../foundation/inert-reply.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { AgentDoorServices, createAgentApp } from './agent-app.ts'

/** An answer, with the length of its body in its headers. */
export interface OwnReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A request of a sandbox at its agent door, as far as it can mean anything there, and how it is answered. */
export interface AskedAtDoor {
  readonly method: string
  readonly target: string
  readonly fields: readonly HeaderField[]
  /** Of a POST. */
  readonly body?: Uint8Array
  readonly carrier: {
    /** Gives an answer, and throws the body of the request away. Resolves when the answer is out, or never will be. */
    answer(reply: OwnReply): Promise<void>
  }
}

/** Answers what sandboxes ask the broker itself. */
export class AgentDoor {
  readonly #services: AgentDoorServices
  #app: Promise<ReturnType<typeof createAgentApp>> | undefined

  constructor(services: AgentDoorServices) {
    this.#services = services
  }

  /** Answers a request of a sandbox that is known and alive. Never rejects. */
  async answer(sandboxId: string, { method, target, fields, body: sent, carrier }: AskedAtDoor): Promise<void> {
    const path = target.split('?')[0] ?? ''
    const origin = fields.find(({ name }) => name.toLowerCase() === 'origin')?.value
    // SECURITY: only path, verb, `Origin` and the body of a POST reach the routes, so nothing else of the request can mean anything there.
    const asked = new Request(`http://agent-door${path.startsWith('/') ? path : '/-'}`, {
      method: verbOf(method),
      ...(method === 'POST' && sent !== undefined && { body: Uint8Array.from(sent) }),
      ...(origin === undefined ? {} : { headers: { origin } }),
    })
    const later: (() => Promise<void>)[] = []
    const app = await this.#loaded()
    const reply = await app.fetch(asked, { sandboxId, afterwards: (act) => void later.push(act) })
    const body = Buffer.from(await reply.arrayBuffer())
    const length = reply.status === 204 ? {} : { 'content-length': String(body.length) }
    await carrier.answer({
      status: reply.status,
      headers: { ...Object.fromEntries(reply.headers), ...inertReply, ...length },
      body,
    })
    for (const act of later) await act().catch((error: unknown) => this.#report(error))
  }

  /** A broker at which nobody knocks does not start with what answers. */
  #loaded(): Promise<ReturnType<typeof createAgentApp>> {
    this.#app ??= import('./agent-app.ts').then(({ createAgentApp }) => createAgentApp(this.#services))
    return this.#app
  }

  /** What has ended stays ended when the journal is failing, and nobody is there to be told. */
  #report(error: unknown): void {
    if (!(error instanceof CoatcheckError)) this.#services.reportFault(newIdentifier('evt'), error)
  }
}

/** A verb that no route has stands for all that cannot be constructed as a request. */
function verbOf(method: string): string {
  return ['GET', 'HEAD', 'DELETE', 'POST'].includes(method) ? method : 'PATCH'
}

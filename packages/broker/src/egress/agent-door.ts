import type { IncomingMessage, ServerResponse } from 'node:http'
import { newIdentifier } from '../foundation/identifier.ts'
import { problemResponse } from './problem-response.ts'
import { refuse } from './refusal.ts'

/** The name under which every sandbox reaches the broker itself: base URLs under `/proxy`, and its agent door. */
export const internalHost = 'coatcheck.internal'

/** What a sandbox may ask the broker itself. */
export interface AgentDoor {
  /** Answers a request of a sandbox that is known and alive; its target is the path at the agent door. Never throws. */
  answer(sandboxId: string, request: IncomingMessage, response: ServerResponse): void
}

/** An agent door behind which there is nothing. */
export const closedAgentDoor: AgentDoor = {
  answer(_sandboxId, request, response) {
    const { status, headers, body } = problemResponse(refuse('not_found'), newIdentifier('exc'))
    request.resume()
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body)
  },
}

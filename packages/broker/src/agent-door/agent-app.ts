import { CoatcheckError, type OwnSandbox, problemBody } from '@coatcheck/contract'
import { Hono } from 'hono'
import type { ApprovalService } from '../approvals/approval-service.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { GrantService } from '../sandbox/grant-service.ts'
import type { SandboxService } from '../sandbox/sandbox-service.ts'
import { approvalRoutes } from './approval-routes.ts'

/** What the agent door asks of the broker. */
export interface AgentDoorServices {
  /** @throws CoatcheckError `sandbox_not_found` */
  projectOf(sandboxId: string): string
  readonly sandboxes: Pick<SandboxService, 'get' | 'connect' | 'end'>
  readonly grants: Pick<GrantService, 'detach'>
  readonly approvals: Pick<ApprovalService, 'cancelOwn' | 'getOwn' | 'listOwn' | 'requestAccess'>
  /**
   * The key file that stands for a grant, where its clients read one; absent where there are none.
   * @throws CoatcheckError `not_found` | `vault_locked`
   */
  keyFileOf?(sandboxId: string, env: string): Promise<Readonly<Record<string, string>>>
  /** Takes an unexpected error to the broker's own log, under the id that the sandbox was given. */
  reportFault(instance: string, error: unknown): void
}

/** What every route knows beside the request. */
export interface AgentDoorEnv {
  readonly Bindings: {
    readonly sandboxId: string
    /** Has something done once the reply was sent, or could not be. */
    afterwards(act: () => Promise<void>): void
  }
}

const greeting = `This is the agent door of Coatcheck, the credential broker.

The secrets that this sandbox may use are outside of it. Its environment variables hold placeholders: use them as if they
were the keys, and the broker puts the keys onto the requests that they are meant for.

GET    /self               this sandbox, and what each of its placeholders is good for
DELETE /self               end this sandbox, and with it every placeholder and connection
DELETE /self/grants/{ENV}  give up the placeholder in a variable, for good
GET    /self/grants/{ENV}/key-file  a key file with a placeholder key, where the variable stands for a service account of Google
GET    /approvals          what this sandbox asked people, and what became of it
GET    /approvals/{ID}     one of these
DELETE /approvals/{ID}     take a question back
POST   /access-requests    ask for a grant: {"to": "api.example.com", "env": "EXAMPLE_KEY", "reason": "what for"}; env may be left out
GET    /access-requests    the grants that this sandbox asked for
GET    /ca.pem             the certificate of this sandbox's own authority
`

/**
 * What a sandbox may ask the broker. SECURITY: who asks is settled before; no route takes an id, a name of a secret or
 * anything else that could mean another sandbox.
 */
export function createAgentApp(services: AgentDoorServices): Hono<AgentDoorEnv> {
  const { grants, projectOf, sandboxes } = services
  return new Hono<AgentDoorEnv>()
    .use(async (context, next) => {
      // SECURITY: a page in the agent's browser is not the agent; only browsers send this field.
      if (context.req.header('origin') !== undefined) throw new CoatcheckError('origin_forbidden')
      await next()
    })
    .get('/', (context) => context.text(greeting))
    .get('/self', (context) =>
      context.json(ownView(sandboxes.get(projectOf(context.env.sandboxId), context.env.sandboxId))),
    )
    .delete('/self', (context) => {
      const { sandboxId, afterwards } = context.env
      // The connection that asks for it ends with the sandbox.
      afterwards(() => sandboxes.end(projectOf(sandboxId), sandboxId, 'ended by itself'))
      return context.body(null, 202)
    })
    .delete('/self/grants/:env', async (context) => {
      const { sandboxId } = context.env
      await grants.detach(projectOf(sandboxId), sandboxId, context.req.param('env'), 'given up by its sandbox')
      return context.body(null, 204)
    })
    .get('/self/grants/:env/key-file', async (context) => {
      const { keyFileOf } = services
      if (keyFileOf === undefined) throw new CoatcheckError('not_found')
      return context.json(await keyFileOf(context.env.sandboxId, context.req.param('env')))
    })
    .route('/', approvalRoutes(services))
    .get('/ca.pem', async (context) => {
      const { sandboxId } = context.env
      const { ca } = await sandboxes.connect(projectOf(sandboxId), sandboxId)
      return context.body(ca, 200, { 'content-type': 'application/x-pem-file' })
    })
    .notFound(() => refusal('not_found'))
    .onError((error) => {
      if (error instanceof CoatcheckError) return refusal(error.code)
      const instance = newIdentifier('evt')
      services.reportFault(instance, error)
      return refusal('internal', instance)
    })
}

/** SECURITY: built from what a sandbox may know, so that a new field of the view does not get here by itself. */
function ownView({ id, name, status, expiresAt, grants }: OwnSandbox): OwnSandbox {
  const own = grants.map((grant) => ({ env: grant.env, to: grant.to, expiresAt: grant.expiresAt }))
  return { id, name, status, expiresAt, grants: own }
}

/** SECURITY: a code and its remedy; the facts are the operator's business. */
function refusal(code: CoatcheckError['code'], instance?: string): Response {
  const body = problemBody(code, {}, instance)
  return Response.json(body, { status: body.status, headers: { 'content-type': 'application/problem+json' } })
}

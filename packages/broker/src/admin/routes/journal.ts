import { Hono } from 'hono'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { auditVerify } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/audit/verification`, with the checkpoints that were kept outside as `anchors` of a POST, and `/v1/audit/checkpoint`. */
export function journalRoutes({ journal }: AdminServices): Hono {
  return new Hono()
    .get('/verification', async (context) => context.json(await journal.verify()))
    .post('/verification', async (context) => {
      const { anchors } = await readBody(context, auditVerify)
      return context.json(await journal.verify(anchors))
    })
    .post('/checkpoint', async (context) => context.json(await journal.checkpoint(), 201))
}

/** What these routes are. */
export const journalDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/audit/verification',
    summary: 'Verify the journal against the checkpoints of this home',
    ofInstallation: true,
    reply: { status: 200, description: 'Whether the journal is intact, and since when nothing was anchored.' },
    problems: ['audit_unavailable', 'checkpoint_key_unusable'],
  },
  {
    method: 'POST',
    path: '/v1/audit/verification',
    summary: 'Verify the journal against checkpoints that were kept elsewhere',
    ofInstallation: true,
    body: auditVerify,
    reply: { status: 200, description: 'Whether the journal is intact, and since when nothing was anchored.' },
    problems: ['audit_unavailable', 'checkpoint_key_unusable'],
  },
  {
    method: 'POST',
    path: '/v1/audit/checkpoint',
    summary: 'Sign how far the journal goes',
    ofInstallation: true,
    reply: { status: 201, description: 'A signed checkpoint, to be kept elsewhere.' },
    problems: ['audit_unavailable', 'checkpoint_key_unusable'],
  },
]

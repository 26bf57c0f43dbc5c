import { Hono } from 'hono'
import { readBody } from '../request-body.ts'
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

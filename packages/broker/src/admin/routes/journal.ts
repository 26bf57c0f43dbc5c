import { Hono } from 'hono'
import type { AdminServices } from '../services.ts'

/** `GET /v1/audit/verification` and `POST /v1/audit/checkpoint` */
export function journalRoutes({ journal }: AdminServices): Hono {
  return new Hono()
    .get('/verification', async (context) => context.json(await journal.verify()))
    .post('/checkpoint', async (context) => context.json(await journal.checkpoint(), 201))
}

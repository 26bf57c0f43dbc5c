import { Hono } from 'hono'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { readBody } from '../request-body.ts'
import { listQuery, sandboxCreate } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/sandboxes` */
export function sandboxRoutes({ sandboxes, project }: AdminServices): Hono {
  return new Hono()
    .post('/', async (context) => {
      const input = await readBody(context, sandboxCreate)
      return context.json(await sandboxes.create(project, input), 201)
    })
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      const list = (count: number) => sandboxes.list(project, count, cursor ?? null)
      return context.json(
        pageOf(
          list,
          limit,
          ({ id }) => id,
          (sandbox) => sandbox,
        ),
      )
    })
    .get('/:id', (context) => context.json(sandboxes.get(project, context.req.param('id'))))
    .delete('/:id', async (context) => {
      await sandboxes.end(project, context.req.param('id'), 'deleted by the operator')
      return context.body(null, 204)
    })
}

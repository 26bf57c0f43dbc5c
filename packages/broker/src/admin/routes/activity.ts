import type { ActivityRow } from '@coatcheck/contract'
import { Hono } from 'hono'
import { followActivity } from '../activity-follower.ts'
import { eventStream, type ServerEvent } from '../event-stream.ts'
import { parseInput } from '../parse-input.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { activityQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

type Kinds = readonly ActivityRow['kind'][]

/** `GET /v1/requests`, `/v1/connections` and `/v1/audit`: what the journal tells; `follow=true` keeps telling. */
export function activityRoutes(services: AdminServices): Hono {
  return new Hono()
    .route('/requests', activityList(services, ['exchange', 'denials', 'alarm']))
    .route('/connections', activityList(services, ['connection', 'name']))
    .route('/audit', activityList(services, undefined))
}

function activityList(services: AdminServices, kinds: Kinds | undefined): Hono {
  return new Hono().get('/', async (context) => {
    const { follow, limit, cursor, ...conditions } = parseInput(activityQuery, context.req.query())
    const filter = { ...conditions, project: services.project, ...(kinds === undefined ? {} : { kinds }) }
    if (follow !== 'true') {
      await services.auditIndex.ready()
      return context.json(services.auditIndex.query({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) }))
    }
    const since = conditions.since ?? new Date().toISOString()
    return eventStream(
      {
        async *events(signal): AsyncGenerator<ServerEvent> {
          await services.auditIndex.ready()
          yield { event: 'open', data: {} }
          for await (const row of followActivity(services.auditIndex, { ...filter, since }, signal)) {
            yield { event: 'activity', data: row }
          }
        },
        failed: (error) => services.reportFault('follow', error),
      },
      context.req.raw.signal,
    )
  })
}

/** What these routes are. */
export const activityDocumentation: readonly RouteDocumentation[] = [
  ['/v1/requests', 'Requests that sandboxes sent, newest first'],
  ['/v1/connections', 'Connections and names that sandboxes asked for, newest first'],
  ['/v1/audit', 'Everything that the journal tells, newest first'],
].map(([path = '', summary = '']) => ({
  method: 'GET',
  path,
  summary,
  query: activityQuery,
  reply: { status: 200, description: 'A page of rows; with `follow=true` events of `activity`.', form: 'either' },
  problems: ['storage_unavailable', 'audit_unavailable'],
}))

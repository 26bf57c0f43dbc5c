import type { ActivityRow } from '@coatcheck/contract'
import { Hono } from 'hono'
import { followActivity } from '../activity-follower.ts'
import { eventStream, type ServerEvent } from '../event-stream.ts'
import { parseInput } from '../parse-input.ts'
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
  return new Hono().get('/', (context) => {
    const { follow, limit, cursor, ...conditions } = parseInput(activityQuery, context.req.query())
    const filter = { ...conditions, project: services.project, ...(kinds === undefined ? {} : { kinds }) }
    if (follow !== 'true') {
      return context.json(services.auditIndex.query({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) }))
    }
    const since = conditions.since ?? new Date().toISOString()
    return eventStream(
      {
        async *events(signal): AsyncGenerator<ServerEvent> {
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

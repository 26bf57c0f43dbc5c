import type { ProblemCode } from '@coatcheck/contract'
import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import type { RouteDocumentation } from '../route-documentation.ts'
import type { AdminServices } from '../services.ts'

/** `/healthz`: the process answers. `/readyz`: it can also serve. `/v1/status`: how it stands, in every state. */
export function healthRoutes(services: AdminServices): Hono {
  return new Hono()
    .get('/healthz', (context) => context.json({ ok: true }))
    .get('/readyz', (context) => {
      const [first, ...others] = hindrances(services)
      if (first !== undefined) throw new CoatcheckError(first, others.length === 0 ? {} : { also: others.join(' ') })
      return context.json({ ok: true })
    })
    .get('/v1/status', (context) => context.json(services.status()))
}

/** Everything that keeps requests from being served, the gravest first. */
function hindrances(services: AdminServices): readonly ProblemCode[] {
  const { vault, journal, listeners, workers } = services.status()
  const states: readonly (readonly [boolean, ProblemCode])[] = [
    [vault === 'rolled-back', 'state_rolled_back'],
    [vault === 'locked', 'vault_locked'],
    [journal !== 'ok', 'audit_unavailable'],
    [workers?.running === 0, 'workers_down'],
    [listeners !== 'ok', 'listeners_unready'],
  ]
  const found = states.filter(([hinders]) => hinders).map(([, code]) => code)
  const storage = storageProblem(services)
  return storage === undefined || found.includes(storage) ? found : [storage, ...found]
}

function storageProblem({ vault, project }: AdminServices): ProblemCode | undefined {
  try {
    vault.list(project, 1, null)
    return undefined
  } catch (error) {
    if (error instanceof CoatcheckError) return error.code
    throw error
  }
}

/** What these routes are. */
export const healthDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    access: 'anyone',
    reply: { status: 200, description: 'It does.' },
  },
  {
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests of sandboxes can be served',
    access: 'anyone',
    reply: {
      status: 200,
      description:
        'They can: vault, journal and database are in order, every listener takes connections, and a worker listens where there are workers.',
    },
    problems: [
      'vault_locked',
      'state_rolled_back',
      'audit_unavailable',
      'listeners_unready',
      'storage_unavailable',
      'row_tampered',
      'workers_down',
    ],
  },
  {
    method: 'GET',
    path: '/v1/status',
    summary: 'How the broker stands, in every state of the vault',
    reply: {
      status: 200,
      description: 'Version, state of vault and journal, counts, and the listeners that are open.',
    },
  },
]

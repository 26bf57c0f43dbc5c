import { Hono } from 'hono'
import type { AdminEnv } from '../gate.ts'
import { pageByName } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery, memberName, memberSet, projectCreate } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/projects`, for whoever governs the installation, and `/v1/members`, those of the caller's own project. */
export function projectRoutes(services: AdminServices): Hono<AdminEnv> {
  const { projects } = services
  return new Hono<AdminEnv>()
    .get('/', (context) => context.json(pageByName(projects.list(), parseInput(listQuery, context.req.query()))))
    .post('/', async (context) => {
      const { name } = await readBody(context, projectCreate)
      const created = projects.create(name)
      try {
        await recordAction(services, 'project.created', { subject: name })
      } catch (error) {
        // A project that the journal knows nothing of does not come into being.
        projects.delete(name)
        throw error
      }
      return context.json(created, 201)
    })
    .get('/:name', (context) => context.json(projects.get(context.req.param('name'))))
    .delete('/:name', async (context) => {
      const name = context.req.param('name')
      projects.delete(name)
      await recordAction(services, 'project.deleted', { subject: name })
      return context.body(null, 204)
    })
}

/** `/v1/members`: who has a part in the project of the caller. */
export function memberRoutes(services: AdminServices): Hono<AdminEnv> {
  const { project, projects } = services
  return new Hono<AdminEnv>()
    .get('/', (context) =>
      context.json(pageByName(projects.members(project), parseInput(listQuery, context.req.query()))),
    )
    .put('/:name', async (context) => {
      const { role } = await readBody(context, memberSet)
      const name = parseInput(memberName, context.req.param('name'))
      // SECURITY: recorded before anybody can do more than before.
      await recordAction(services, 'member.set', { subject: name, note: role })
      return context.json(projects.setMember(project, name, role))
    })
    .delete('/:name', async (context) => {
      const { name } = projects.removeMember(project, context.req.param('name'))
      await recordAction(services, 'member.removed', { subject: name })
      return context.body(null, 204)
    })
}

/** What these routes are. */
export const projectDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/projects',
    summary: 'List the projects of the installation',
    ofInstallation: true,
    query: listQuery,
    reply: { status: 200, description: 'A page of projects.' },
    problems: ['vault_locked'],
  },
  {
    method: 'POST',
    path: '/v1/projects',
    summary: 'Create a project',
    access: 'owner',
    ofInstallation: true,
    body: projectCreate,
    reply: { status: 201, description: 'The project. Its first token comes from the owner of the home.' },
    problems: ['project_exists', 'vault_locked', 'audit_unavailable'],
  },
  {
    method: 'GET',
    path: '/v1/projects/{name}',
    summary: 'Show one project',
    ofInstallation: true,
    reply: { status: 200, description: 'The project.' },
    problems: ['project_not_found', 'vault_locked'],
  },
  {
    method: 'DELETE',
    path: '/v1/projects/{name}',
    summary: 'Delete a project that has nothing in it any more; its tokens, members, rules and caps go with it',
    access: 'owner',
    ofInstallation: true,
    reply: { status: 204, description: 'Deleted.' },
    problems: ['project_not_found', 'project_in_use', 'vault_locked', 'audit_unavailable'],
  },
  {
    method: 'GET',
    path: '/v1/members',
    summary: 'List the members of the project',
    access: 'owner',
    query: listQuery,
    reply: { status: 200, description: 'A page of members with their roles.' },
    problems: ['vault_locked'],
  },
  {
    method: 'PUT',
    path: '/v1/members/{name}',
    summary: 'Add a member, or give one another role, which holds at once for each of its tokens',
    access: 'owner',
    body: memberSet,
    reply: { status: 200, description: 'The member.' },
    problems: ['vault_locked', 'audit_unavailable'],
  },
  {
    method: 'DELETE',
    path: '/v1/members/{name}',
    summary: 'Remove a member; none of its tokens is good any more',
    access: 'owner',
    reply: { status: 204, description: 'Removed.' },
    problems: ['member_not_found', 'vault_locked', 'audit_unavailable'],
  },
]

import { findProvider } from '@coatcheck/catalog'
import { CoatcheckError, type Scope, type SecretCreate, type SecretView } from '@coatcheck/contract'
import { Hono } from 'hono'
import type { Secret } from '../../vault/secret.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { checkRules } from '../check-rules.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { prepareSecret } from '../prepare-secret.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import { rescopeSecret } from '../rescope-secret.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery, secretCreate, secretRotate, secretUpdate } from '../schemas.ts'
import { secretView } from '../secret-view.ts'
import type { AdminServices } from '../services.ts'
import { storeSecret } from '../store-secret.ts'

/** `/v1/secrets`. Values go in; none of these routes has a way to let one out. */
export function secretRoutes(services: AdminServices): Hono {
  const { vault, project } = services
  const show = (secret: Secret): SecretView => {
    const source = secret.source === undefined ? undefined : services.sources.stateOf(secret.source)
    return secretView(secret, vault.lastUsedAt(secret.id), { source, needsSignIn: services.needsSignIn?.(secret) })
  }
  return new Hono()
    .post('/', async (context) => {
      const secret = await createSecret(services, await readBody(context, secretCreate))
      return context.json(show(secret), 201)
    })
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      return context.json(
        pageOf(
          (count) => vault.list(project, count, cursor ?? null),
          limit,
          ({ name }) => name,
          show,
        ),
      )
    })
    .get('/:name', (context) => context.json(show(vault.get(project, context.req.param('name')))))
    .patch('/:name', async (context) => {
      const { scopes, rules, value } = await readBody(context, secretUpdate)
      checkRules(rules)
      const { source, staged, scopes: before } = vault.get(project, context.req.param('name'))
      const prepared = services.prepareScopes(scopes ?? before)
      using proof = value === undefined ? undefined : secretValue(value)
      if (proof !== undefined) prepared.check(proof)
      if (staged !== undefined) prepared.demandStageable()
      if (source !== undefined) services.sources.demandCover(project, source, prepared.scopes)
      const given = scopes === undefined ? undefined : prepared.scopes
      const update = { ...(given && { scopes: given }), ...(rules !== undefined && { rules }) }
      const secret = await rescopeSecret(services, context.req.param('name'), update, proof)
      return context.json(show(secret))
    })
    .post('/:name/rotate', async (context) => {
      const input = await readBody(context, secretRotate)
      const { name, provider, scopes } = vault.get(project, context.req.param('name'))
      using value = secretValue(input.value)
      const prepared = services.prepareScopes(scopes)
      prepared.check(value)
      if (input.stagedSeconds !== undefined) {
        prepared.demandStageable()
        demandTelling(provider)
      }
      const secret = vault.rotate(project, name, value, input.stagedSeconds)
      const note = input.compromised === true ? compromisedNote : secret.staged && `staged until ${secret.staged.until}`
      const secrets = [`${name}@${secret.version}`]
      await recordAction(services, 'secret.rotated', { subject: name, secrets, ...(note && { note }) })
      return context.json(show(secret))
    })
    .post('/:name/refresh', async (context) => {
      const secret = vault.get(project, context.req.param('name'))
      if (secret.source === undefined)
        throw new CoatcheckError('request_invalid', { reason: 'the vault holds its value' })
      await services.sources.refresh(secret)
      return context.json(show(vault.get(project, secret.name)))
    })
    .delete('/:name', async (context) => {
      const secret = vault.delete(project, context.req.param('name'))
      await services.grants.endGrantsOf(secret.id, 'its secret was deleted')
      await recordAction(services, 'secret.deleted', { subject: secret.name, note: secret.id })
      return context.body(null, 204)
    })
}

async function createSecret(services: AdminServices, input: SecretCreate): Promise<Secret> {
  const plan = prepareSecret(services, input)
  using value = await valueFor(services, input, plan.prepared.scopes)
  return storeSecret(services, input, plan, value)
}

/** @throws CoatcheckError `request_invalid` for a service that says 200 to a key that it does not take */
function demandTelling(provider: string | null): void {
  if (provider === null || findProvider(provider)?.probe?.trueMember === undefined) return
  throw new CoatcheckError('request_invalid', { reason: `${provider} answers 200 to a value that it does not take` })
}

const compromisedNote = 'the value before was compromised'

/** The value that was given, or the one that the source has now. */
function valueFor(
  { project, sources }: AdminServices,
  { value, sourceName }: SecretCreate,
  scopes: readonly Scope[],
): SecretValue | Promise<SecretValue> {
  if (value !== undefined && sourceName === undefined) return secretValue(value)
  if (value === undefined && sourceName !== undefined) return sources.fetchFor(project, sourceName, scopes)
  throw new CoatcheckError('request_invalid', { reason: 'value, sourceName: one of them is needed' })
}

function secretValue(text: string): SecretValue {
  return new SecretValue(new TextEncoder().encode(text))
}

const saving = ['rule_invalid', 'scope_invalid', 'secret_unusable', 'vault_locked', 'audit_unavailable'] as const

/** What these routes are. */
export const secretDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/secrets',
    summary: 'Store a secret',
    body: secretCreate,
    reply: { status: 201, description: 'What is known of the secret; never its value.' },
    problems: [
      'secret_exists',
      'secret_weak',
      'provider_not_found',
      'provider_needs_host',
      'source_forbidden',
      'source_unavailable',
      ...saving,
    ],
  },
  {
    method: 'GET',
    path: '/v1/secrets',
    summary: 'List secrets by name',
    query: listQuery,
    reply: { status: 200, description: 'A page of secrets, without their values.' },
  },
  {
    method: 'GET',
    path: '/v1/secrets/{name}',
    summary: 'Show one secret',
    reply: { status: 200, description: 'What is known of the secret; never its value.' },
    problems: ['secret_not_found'],
  },
  {
    method: 'PATCH',
    path: '/v1/secrets/{name}',
    summary: 'Change where a secret may go, and what may be done with it; widening needs its present value',
    body: secretUpdate,
    reply: { status: 200, description: 'The secret as it is now.' },
    problems: ['secret_not_found', 'secret_changed', 'value_required', 'source_forbidden', ...saving],
  },
  {
    method: 'POST',
    path: '/v1/secrets/{name}/rotate',
    summary: 'Give a secret a new value; its scopes stay',
    body: secretRotate,
    reply: { status: 200, description: 'The secret with its new version.' },
    problems: ['secret_not_found', 'secret_changed', 'secret_sourced', 'secret_weak', 'source_forbidden', ...saving],
  },
  {
    method: 'POST',
    path: '/v1/secrets/{name}/refresh',
    summary: 'Ask the source of a secret for its value at once',
    reply: { status: 200, description: 'The secret; with another version where the value is another one.' },
    problems: ['secret_not_found', 'source_unavailable', 'source_forbidden', 'secret_weak', ...saving],
  },
  {
    method: 'DELETE',
    path: '/v1/secrets/{name}',
    summary: 'Destroy a secret and end its grants',
    reply: { status: 204, description: 'Deleted.' },
    problems: ['secret_not_found', 'vault_locked', 'audit_unavailable'],
  },
]

import { findProvider, matchShape, type Provider, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type Scope, type SecretCreate, type SecretView } from '@coatcheck/contract'
import { Hono } from 'hono'
import type { Secret } from '../../vault/secret.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import { listQuery, secretCreate, secretRotate, secretUpdate } from '../schemas.ts'
import { secretView } from '../secret-view.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/secrets`. Values go in; none of these routes has a way to let one out. */
export function secretRoutes(services: AdminServices): Hono {
  const { vault, project } = services
  const show = (secret: Secret): SecretView => secretView(secret, vault.lastUsedAt(secret.id))
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
      const { scopes, value } = await readBody(context, secretUpdate)
      const prepared = services.prepareScopes(scopes)
      using proof = value === undefined ? undefined : secretValue(value)
      if (proof !== undefined) prepared.check(proof)
      const secret = vault.rescope(project, context.req.param('name'), prepared.scopes, proof)
      await recordAction(services, 'secret.rescoped', { subject: secret.name, note: destinations(secret) })
      return context.json(show(secret))
    })
    .post('/:name/rotate', async (context) => {
      const input = await readBody(context, secretRotate)
      const { name, scopes } = vault.get(project, context.req.param('name'))
      using value = secretValue(input.value)
      services.prepareScopes(scopes).check(value)
      const secret = vault.rotate(project, name, value)
      await recordAction(services, 'secret.rotated', { subject: name, secrets: [`${name}@${secret.version}`] })
      return context.json(show(secret))
    })
    .delete('/:name', async (context) => {
      const secret = vault.delete(project, context.req.param('name'))
      services.sandboxes.endGrantsOf(secret.id)
      await recordAction(services, 'secret.deleted', { subject: secret.name, note: secret.id })
      return context.body(null, 204)
    })
}

async function createSecret(services: AdminServices, input: SecretCreate): Promise<Secret> {
  const { vault, project } = services
  const provider = input.provider === undefined ? undefined : knownProvider(input.provider)
  const prepared = services.prepareScopes(scopesFor(input, provider))
  using value = secretValue(input.value)
  prepared.check(value)
  const secret = vault.create(
    {
      project,
      name: input.name,
      provider: provider?.id ?? null,
      shape: (provider && matchShape(provider, input.value)?.label) ?? null,
      scopes: prepared.scopes,
      rotationDays: input.rotationDays ?? null,
      weak: input.weak ?? false,
    },
    value,
  )
  try {
    await recordAction(services, 'secret.created', { subject: secret.name, note: destinations(secret) })
  } catch (error) {
    // A secret that the journal knows nothing of does not come into being.
    vault.delete(project, secret.name)
    throw error
  }
  return secret
}

function knownProvider(id: string): Provider {
  const provider = findProvider(id)
  // SECURITY: the id is not repeated; somebody may have put the value in the wrong field.
  if (provider === undefined) throw new CoatcheckError('provider_not_found')
  return provider
}

function scopesFor({ scopes }: SecretCreate, provider: Provider | undefined): readonly Scope[] {
  if (scopes !== undefined) return scopes
  if (provider !== undefined) return scopesOf(provider)
  throw new CoatcheckError('request_invalid', { reason: 'provider, scopes: one of them is needed' })
}

function destinations({ scopes }: Secret): string {
  return [...new Set(scopes.map(({ to }) => to))].join(' ')
}

function secretValue(text: string): SecretValue {
  return new SecretValue(new TextEncoder().encode(text))
}

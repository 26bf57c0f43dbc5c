import { CoatcheckError, type KeyRotationProgress, problemBody } from '@coatcheck/contract'
import { type Context, Hono } from 'hono'
import { eventStream, type ServerEvent } from '../event-stream.ts'
import { optionalSecret } from '../optional-secret.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { passphraseChange, vaultUnlock } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

const statusReply = { status: 200, description: 'How the broker stands now.' }

/** What these routes are. */
export const vaultDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/vault/lock',
    summary: 'Wipe the keys; nothing carries a secret until unlock',
    access: 'owner',
    ofInstallation: true,
    reply: statusReply,
  },
  {
    method: 'POST',
    path: '/v1/vault/unlock',
    summary: 'Read the key again, with its passphrase where it asks for one',
    access: 'owner',
    ofInstallation: true,
    body: vaultUnlock,
    reply: statusReply,
    problems: ['key_unusable', 'passphrase_required', 'passphrase_wrong'],
  },
  {
    method: 'POST',
    path: '/v1/vault/confirm-rollback',
    summary: 'Take a database that was put back for the present one',
    access: 'owner',
    ofInstallation: true,
    reply: statusReply,
    problems: ['vault_locked', 'key_unusable', 'storage_unavailable'],
  },
  {
    method: 'POST',
    path: '/v1/vault/passphrase',
    summary: 'Put the key under another passphrase, or, with null, in the clear',
    access: 'owner',
    ofInstallation: true,
    body: passphraseChange,
    reply: statusReply,
    problems: ['passphrase_required', 'passphrase_wrong', 'passphrase_weak', 'vault_locked', 'key_unusable'],
  },
  {
    method: 'POST',
    path: '/v1/vault/rotate-key',
    summary: 'Replace the key-encryption key; values are not touched',
    access: 'owner',
    ofInstallation: true,
    reply: {
      status: 200,
      description:
        'Events of `progress`, then `done` with the status, or `failed` with a problem. It goes on without a reader.',
      form: 'events',
    },
    problems: ['vault_locked'],
  },
]

/** `POST /v1/vault/lock`, `/unlock`, `/confirm-rollback`, `/passphrase` and `/rotate-key`. */
export function vaultRoutes(services: AdminServices): Hono {
  const { vault, vaultControl } = services
  return new Hono()
    .post('/lock', async (context) => {
      // Locking comes first: it must work even when the journal cannot be written.
      await vaultControl.lock()
      await recordAction(services, 'vault.locked')
      return context.json(services.status())
    })
    .post('/unlock', async (context) => {
      const input = hasBody(context) ? await readBody(context, vaultUnlock) : {}
      using passphrase = optionalSecret(input.passphrase)
      await vaultControl.unlock(passphrase)
      try {
        await recordAction(services, 'vault.unlocked')
      } catch (error) {
        // A vault that the journal does not say is open is closed.
        await vaultControl.lock()
        throw error
      }
      return context.json(services.status())
    })
    .post('/confirm-rollback', async (context) => {
      await recordAction(services, 'vault.rollback-confirmed')
      await vaultControl.confirmRollback()
      return context.json(services.status())
    })
    .post('/passphrase', async (context) => {
      const input = await readBody(context, passphraseChange)
      using current = optionalSecret(input.current)
      using next = optionalSecret(input.next)
      await vaultControl.changePassphrase(current, next)
      await recordAction(services, 'vault.passphrase-changed')
      return context.json(services.status())
    })
    .post('/rotate-key', async (context) => {
      if (vault.state === 'locked') throw new CoatcheckError('vault_locked')
      await recordAction(services, 'vault.rotation-began')
      const failed = (error: unknown): void => services.reportFault('rotate-key', error)
      return eventStream({ events: () => rotationEvents(services, failed), failed }, context.req.raw.signal)
    })
}

/** A body of no bytes, as older clients send it, is no body. */
function hasBody(context: Context): boolean {
  return (context.req.header('content-length') ?? '0') !== '0'
}

async function* rotationEvents(
  services: AdminServices,
  reportFault: (error: unknown) => void,
): AsyncGenerator<ServerEvent> {
  const events: ServerEvent[] = []
  let wake = (): void => {}
  const push = (event: ServerEvent): void => {
    events.push(event)
    wake()
  }
  const progress = (data: KeyRotationProgress): void => push({ event: 'progress', data })
  // Whoever reads may go away at any moment; the rotation does not depend on it.
  void rotate(services, progress)
    .then(() => push({ event: 'done', data: services.status() }))
    .catch((error: unknown) => {
      if (!(error instanceof CoatcheckError)) reportFault(error)
      const { code, facts } = error instanceof CoatcheckError ? error : new CoatcheckError('internal')
      push({ event: 'failed', data: problemBody(code, facts) })
    })
  yield { event: 'open', data: {} }
  for (;;) {
    const event = events.shift()
    if (event === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      continue
    }
    yield event
    if (event.event !== 'progress') return
  }
}

async function rotate(services: AdminServices, progress: (data: KeyRotationProgress) => void): Promise<void> {
  await services.vaultControl.rotateKey(progress)
  await recordAction(services, 'vault.key-rotated')
}

import { Hono } from 'hono'
import { recordAction } from '../record-action.ts'
import type { AdminServices } from '../services.ts'

/** `POST /v1/vault/lock`, `/unlock` and `/confirm-rollback`; each answers with the broker's status. */
export function vaultRoutes(services: AdminServices): Hono {
  const { vaultControl } = services
  return new Hono()
    .post('/lock', async (context) => {
      // Locking comes first: it must work even when the journal cannot be written.
      await vaultControl.lock()
      await recordAction(services, 'vault.locked')
      return context.json(services.status())
    })
    .post('/unlock', async (context) => {
      await recordAction(services, 'vault.unlocked')
      await vaultControl.unlock()
      return context.json(services.status())
    })
    .post('/confirm-rollback', async (context) => {
      await recordAction(services, 'vault.rollback-confirmed')
      await vaultControl.confirmRollback()
      return context.json(services.status())
    })
}

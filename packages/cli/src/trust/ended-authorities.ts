import { CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import type { InstalledAuthority } from './trust-ledger.ts'

/** Those whose sandbox is over, or unknown to the broker, or whose certificate has expired. */
export async function endedAuthorities(
  installed: readonly InstalledAuthority[],
  client: Pick<CoatcheckClient, 'sandboxes'>,
  now: Date,
): Promise<readonly InstalledAuthority[]> {
  const active = new Map<string, boolean>()
  for (const { sandbox } of installed) {
    if (!active.has(sandbox)) active.set(sandbox, await isActive(sandbox, client))
  }
  return installed.filter(({ sandbox, expiresAt }) => active.get(sandbox) !== true || new Date(expiresAt) <= now)
}

async function isActive(sandbox: string, client: Pick<CoatcheckClient, 'sandboxes'>): Promise<boolean> {
  try {
    return (await client.sandboxes.get(sandbox)).status === 'active'
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'sandbox_not_found') return false
    throw error
  }
}

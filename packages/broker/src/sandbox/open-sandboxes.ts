import type { AuditLog } from '../audit/audit-log.ts'
import type { GrantSources } from './issue-grants.ts'
import { LifecycleRecords } from './lifecycle-records.ts'
import { LiveSandboxes } from './live-sandboxes.ts'
import { LocalGrantService } from './local-grant-service.ts'
import { LocalKeyService } from './local-key-service.ts'
import { LocalSandboxService } from './local-sandbox-service.ts'
import { Lockdown } from './lockdown.ts'
import type { ProfileDirectory } from './profile-service.ts'
import { SandboxHousekeeping } from './sandbox-housekeeping.ts'
import type { SandboxStore } from './sandbox-store.ts'
import type { WayOut } from './way-out.ts'

/** What the room is opened with. */
export interface SandboxRoomParts extends GrantSources {
  readonly audit: AuditLog
  readonly profiles: ProfileDirectory
  readonly store: SandboxStore
  readonly wayOut: WayOut
  /** Changes whenever another process wrote rows. */
  readonly writesOfOthers: () => number
  /** How long a launched sandbox waits for its lease; a minute when absent. */
  readonly leaseGraceSeconds?: number
}

/** Everything that looks after sandboxes and grants. */
export interface SandboxRoom {
  readonly sandboxes: LocalSandboxService
  readonly grants: LocalGrantService
  readonly keys: LocalKeyService
  readonly lockdown: Lockdown
  readonly housekeeping: SandboxHousekeeping
}

/** Puts the services of sandboxes and grants together; they share what is live. */
export function openSandboxes(parts: SandboxRoomParts): SandboxRoom {
  const live = new LiveSandboxes(parts.clock)
  const records = new LifecycleRecords(parts.audit, parts.vault)
  const shared = { ...parts, live, records }
  const grants = new LocalGrantService(shared)
  const sandboxes = new LocalSandboxService({ ...shared, grants })
  const keys = new LocalKeyService({ ...shared, sandboxes })
  const lockdown = new Lockdown({ ...shared, grants, sandboxes })
  return { sandboxes, grants, keys, lockdown, housekeeping: new SandboxHousekeeping({ ...shared, grants, sandboxes }) }
}

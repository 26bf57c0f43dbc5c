import type { LateAdmin } from '../admin/late-admin.ts'
import { type ApiListener, listenOnAddress } from '../admin/listen-on-address.ts'
import type { ReplyMemory } from '../admin/reply-memory.ts'
import type { AdminServices } from '../admin/services.ts'
import { tokenGate } from '../admin/token-gate.ts'
import type { Clock } from '../foundation/clock.ts'
import { type DoorAddress, isLoopback } from '../foundation/door-address.ts'

/** What the door for tokens shares with the rest of the broker. */
export interface ApiDoorParts {
  readonly services: AdminServices
  readonly admin: LateAdmin
  readonly clock: Clock
  readonly replies: ReplyMemory
}

/** Opens the management API over TCP, for tokens. @throws CoatcheckError `listen_failed` */
export function openApiDoor(
  door: DoorAddress,
  { services, admin, clock, replies }: ApiDoorParts,
): Promise<ApiListener> {
  const { keys, tokens, auditLog } = services
  const gate = tokenGate({ keys, tokens, auditLog, clock, isLoopback: isLoopback(door.host) })
  return listenOnAddress(admin.listener({ gate, replies }), door)
}

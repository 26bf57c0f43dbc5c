import { type DoorAddress, isLoopback } from '../../foundation/door-address.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { GatewayFront } from '../gateway/gateway-front.ts'
import type { PipelineServices } from '../pipeline.ts'
import type { SandboxEgress } from '../sandbox-egress.ts'
import type { Admitting } from './doorkeeper.ts'
import { Gatehouse } from './gatehouse.ts'
import { ProxyFront, type Visitor } from './proxy-front.ts'
import { type DoorShare, openSandboxListener, type SandboxListener } from './sandbox-listener.ts'
import { type Hearing, SocksFront } from './socks-front.ts'
import { Strangers, strangerLimits } from './strangers.ts'

/** What the door for sandboxes that run elsewhere is put together from. */
export interface VisitorDoorParts {
  readonly services: Pick<PipelineServices, 'audit' | 'clock' | 'faults' | 'plane'>
  readonly doorkeeper: Admitting
  /** Project of records about visitors of whom nothing is known. */
  readonly project: string
  readonly gateway: GatewayFront
  /** The sandbox's way out, opened when it is not yet. @throws CoatcheckError */
  egressOf(sandbox: Sandbox): Promise<SandboxEgress>
  /** Absent where nobody else listens on the port. */
  readonly share?: DoorShare
}

/** Opens the door for sandboxes that run elsewhere. @throws CoatcheckError `listen_failed` */
export function openVisitorDoor(door: DoorAddress, parts: VisitorDoorParts): Promise<SandboxListener> {
  const { doorkeeper, egressOf, gateway, project, services, share } = parts
  const { audit, clock, faults, plane } = services
  const gatehouse = new Gatehouse({ audit, clock, doorkeeper, project, loopback: isLoopback(door.host) })
  const onTooMany = (peer: string) => void gatehouse.recordSurplus(peer, 'too many without a token')
  const strangers = new Strangers(clock, onTooMany, strangerLimits(share?.of ?? 1))
  const front = new ProxyFront({ faults, gatehouse, gateway, plane, strangers, egressOf })
  const socks = new SocksFront({ faults, gatehouse, strangers, allowClear: door.socksClear === true, egressOf })
  const fronts = {
    http: (visitor: Visitor) => front.serve(visitor),
    socks: (visitor: Visitor, hearing: Hearing) => void socks.serve(visitor, hearing),
  }
  return openSandboxListener(door, fronts, strangers, share)
}

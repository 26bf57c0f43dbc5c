import { CoatcheckError, type SandboxCreate } from '@coatcheck/contract'
import type { WayUrls } from './way-out.ts'

/** Nothing runs elsewhere that cannot reach the broker. @throws CoatcheckError `request_invalid` | `proxy_closed` */
export function demandDoor({ launch }: Pick<SandboxCreate, 'launch'>, { proxyUrl }: WayUrls): void {
  if (launch !== undefined) {
    throw new CoatcheckError('request_invalid', {
      field: 'target',
      reason: 'a sandbox that is launched on this host runs on no other platform',
    })
  }
  if (proxyUrl === undefined) throw new CoatcheckError('proxy_closed')
}

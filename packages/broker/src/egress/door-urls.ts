import { type DoorAddress, isLoopback } from '../foundation/door-address.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { isPlaced } from '../sandbox/sandbox-place.ts'
import type { WayUrls } from '../sandbox/way-out.ts'
import { identifiedPrefix } from './forward/presented-identity.ts'

/** How sandboxes elsewhere call the broker. */
export interface ReachedDoor {
  /** Without a slash at its end. */
  readonly url: string
  /** Who may speak SOCKS5 in clear text, which is how clients speak it. */
  readonly clearSocks: 'everybody' | 'placed' | 'nobody'
}

/** What is said of a door that is open. */
export function reachedDoor(url: string, { host, publicUrl, socksClear }: DoorAddress): ReachedDoor {
  if (!isLoopback(host)) return { url, clearSocks: socksClear === true ? 'placed' : 'nobody' }
  // A public https URL leads to something in front of the door, which ends TLS and expects HTTP.
  return { url, clearSocks: publicUrl?.startsWith('https:') === true ? 'nobody' : 'everybody' }
}

/** The URLs of a door for one sandbox, with its identity in them, or without it where the token is null. */
export function doorUrls(
  { url, clearSocks }: ReachedDoor,
  sandbox: Pick<Sandbox, 'id' | 'from'>,
  token: string | null,
) {
  const { id } = sandbox
  const { protocol, hostname, port } = new URL(url)
  const userInfo = token === null ? '' : `${id}:${token}@`
  const path = token === null ? '/proxy' : identifiedPrefix({ sandboxId: id, token })
  const socksPort = port || (protocol === 'https:' ? '443' : '80')
  const hasSocks = clearSocks === 'everybody' || (clearSocks === 'placed' && isPlaced(sandbox))
  return {
    proxyUrl: url.replace('://', `://${userInfo}`),
    gatewayUrl: url + path,
    // `h`: names are resolved by the broker, which refuses addresses.
    ...(hasSocks ? { socksUrl: `socks5h://${userInfo}${hostname}:${socksPort}` } : {}),
  } satisfies WayUrls
}

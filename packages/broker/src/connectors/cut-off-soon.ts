import type { Socket } from 'node:net'

/** How long a side has to take what it was told last, in milliseconds. */
const farewellMs = 500

/**
 * Destroys what is left of a session: at once where its client is gone, else when that has had the time to read what it was told last.
 * @param others what is destroyed with the client, such as the connection that its TLS goes over
 */
export function cutOffSoon(client: Socket, others: readonly (Socket | undefined)[], afterMs = farewellMs): void {
  const cut = (): void => {
    for (const side of [client, ...others]) side?.destroy()
  }
  if (client.destroyed) cut()
  else setTimeout(cut, afterMs).unref()
}

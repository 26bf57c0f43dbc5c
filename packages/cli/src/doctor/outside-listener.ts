import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Services of this machine that a sandbox must not reach: one TCP and one UDP port on every address. */
export interface OutsideListener extends AsyncDisposable {
  readonly tcpPort: number
  readonly udpPort: number
  /** Literal addresses of this machine. */
  readonly addresses: readonly string[]
  /** Connections and datagrams that arrived. */
  readonly arrivals: number
}

/** Starts the services; whoever reaches one hears `word`. They live as long as the check. */
export async function openOutsideListener(word: string): Promise<OutsideListener> {
  let arrivals = 0
  const server = createServer((socket) => {
    arrivals += 1
    socket.on('error', () => socket.destroy()).end(word)
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const datagrams = createSocket('udp4', (_message, { port, address }) => {
    arrivals += 1
    datagrams.send(word, port, address)
  })
  datagrams.bind(0, '0.0.0.0')
  await once(datagrams, 'listening')
  const own = Object.values(networkInterfaces()).flatMap((each = []) => each)
  return {
    tcpPort: (server.address() as AddressInfo).port,
    udpPort: datagrams.address().port,
    addresses: [...new Set(own.filter(({ family }) => family === 'IPv4').map(({ address }) => address))],
    get arrivals() {
      return arrivals
    },
    async [Symbol.asyncDispose]() {
      datagrams.close()
      server.close()
    },
  }
}

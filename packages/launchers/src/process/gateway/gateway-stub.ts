import { resolverAddress } from './addresses.ts'

/** What the stub tells the broker; a listener travels beside each of the first two. */
export type StubMessage =
  | { readonly kind: 'stream'; readonly address: string; readonly port: number }
  | { readonly kind: 'datagram' }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Opens the listeners inside the gateway, hands them to the broker and ends when the broker has them all. It travels as
 * source, because the file may lie where the dropped user cannot read; so it may use nothing from outside itself.
 */
function stub(resolver: string): void {
  const net = process.getBuiltinModule('node:net')
  const dgram = process.getBuiltinModule('node:dgram')
  const ports: number[] = JSON.parse(process.argv[1] ?? '[]')
  const fail = (error: Error) => {
    process.send?.({ kind: 'failed', reason: error.message }, () => process.exit(1))
  }
  const offer = (address: string, port: number) => {
    const server = net.createServer()
    server.once('error', fail)
    server.listen({ port, host: address, backlog: 511 }, () => {
      process.send?.({ kind: 'stream', address, port }, server)
    })
  }
  for (const port of ports) offer('0.0.0.0', port)
  offer(resolver, 53)
  const datagrams = dgram.createSocket('udp4')
  datagrams.once('error', fail)
  datagrams.bind(53, resolver, () => process.send?.({ kind: 'datagram' }, datagrams))
  process.once('message', () => process.exit(0))
  process.once('disconnect', () => process.exit(1))
  setTimeout(() => process.exit(1), 20_000)
}

/** Program text of the stub, for `node -e`. */
export const stubSource = `(${stub})(${JSON.stringify(resolverAddress)})`

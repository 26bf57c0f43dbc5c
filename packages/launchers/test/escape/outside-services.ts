import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Arrival, OutsideServices } from './sandbox-bench.ts'

/** Services on every address of the world, and the way to end them. */
export interface RunningOutside extends OutsideServices {
  close(): Promise<void>
}

/** Starts services on all addresses of this process's network, and shows that they can be reached from there. */
export async function startOutside(
  addresses: readonly string[],
  tcpPorts: readonly number[],
  udpPorts: readonly number[],
): Promise<RunningOutside> {
  const hits: Arrival[] = []
  const closers: (() => Promise<unknown>)[] = []
  for (const port of tcpPorts) {
    const server = createServer((socket) => {
      hits.push({ protocol: 'tcp', port, address: socket.localAddress ?? '' })
      socket.on('error', () => {}).end('outside\n')
    })
    server.listen(port, '0.0.0.0')
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(resolve)))
  }
  for (const port of udpPorts) {
    const socket = createSocket('udp4', () => hits.push({ protocol: 'udp', port, address: '' }))
    socket.bind(port, '0.0.0.0')
    await once(socket, 'listening')
    closers.push(() => new Promise<void>((resolve) => socket.close(resolve)))
  }
  await provePositive(addresses, tcpPorts, udpPorts, hits)
  hits.length = 0
  return {
    addresses,
    tcpPorts,
    udpPorts,
    hits,
    async close() {
      for (const close of closers) await close()
    },
  }
}

async function provePositive(
  addresses: readonly string[],
  tcpPorts: readonly number[],
  udpPorts: readonly number[],
  hits: readonly Arrival[],
): Promise<void> {
  const prober = createSocket('udp4')
  for (const address of addresses) {
    for (const port of tcpPorts) {
      const socket = connect(port, address)
      socket.resume()
      await once(socket, 'close')
    }
    for (const port of udpPorts) await new Promise((resolve) => prober.send('probe', port, address, resolve))
  }
  prober.close()
  const expected = addresses.length * (tcpPorts.length + udpPorts.length)
  for (let turn = 0; turn < 500 && hits.length < expected; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(hits.length, expected, 'the services outside cannot be reached even without a sandbox')
}

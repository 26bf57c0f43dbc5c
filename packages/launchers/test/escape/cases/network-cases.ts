import assert from 'node:assert/strict'
import { assertAll, runInside } from '../run-inside.ts'
import type { EscapeCase, SandboxBench } from '../sandbox-bench.ts'

const refused = /^refused: /
const refusedOrSilent = /^(?:refused: |silence$)/
const metadata = '169.254.169.254'
const gatewayAddress = '10.255.0.1'

/** Items 1 and 2: whatever is dialled, nothing but the broker answers. */
export const networkCases: readonly EscapeCase[] = [
  {
    item: 1,
    name: 'control: the known name is reached on the gateway',
    async run(bench) {
      const { 'tcp known 80': outcome } = await dial(bench, { tcp: [[bench.knownName, 80]] }, bench.knownName, 'known')
      assert.match(outcome ?? '', /^answer: /)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 1,
    name: 'TCP to a port that is not listed is refused, on every address of the host',
    async run(bench) {
      const unlisted = bench.outside.tcpPorts.filter((port) => !bench.ports.includes(port))
      assert.ok(unlisted.length > 0)
      assertAll(await dial(bench, { tcp: each(bench.outside.addresses, unlisted) }), refused)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 1,
    name: 'TCP to a listed port by literal address, also the metadata service, arrives at the broker alone',
    async run(bench) {
      const outcomes = await dial(bench, { tcp: each([...bench.outside.addresses, metadata, '8.8.8.8'], [80]) })
      for (const outcome of Object.values(outcomes)) assert.doesNotMatch(outcome, /outside/)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 1,
    name: 'TCP to loopback and to other ports of the gateway is refused',
    async run(bench) {
      const ports = bench.outside.tcpPorts.filter((port) => !bench.ports.includes(port))
      assertAll(
        await dial(bench, { tcp: each(['127.0.0.1', '127.0.0.53', '0.0.0.0', gatewayAddress], ports) }),
        refused,
      )
      assertAll(await dial(bench, { tcp: each(['127.0.0.1'], bench.ports) }), refused)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 2,
    name: 'UDP reaches nobody: QUIC, time, another resolver, any port',
    async run(bench) {
      const targets = [...bench.outside.addresses, metadata, gatewayAddress]
      const ports = [443, 123, ...bench.outside.udpPorts].filter((port) => port !== 53)
      assertAll(await dial(bench, { udp: each(targets, ports) }), refusedOrSilent)
      assertAll(await dial(bench, { udp: each([...bench.outside.addresses, '8.8.8.8'], [53]) }), refusedOrSilent)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 2,
    name: 'DNS over TCP to another resolver is refused',
    async run(bench) {
      assertAll(await dial(bench, { tcp: each([...bench.outside.addresses, '8.8.8.8', '1.1.1.1'], [53]) }), refused)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 2,
    name: 'ICMP cannot be sent',
    async run(bench) {
      const outcomes = await runInside(bench, 'families')
      assertAll({ raw: outcomes['raw ip'] ?? '', ping: outcomes['ping'] ?? '' }, refused)
    },
  },
  {
    item: 4,
    name: 'IPv6 is unreachable: literal, link-local and IPv4-mapped',
    async run(bench) {
      const ports = bench.outside.tcpPorts.filter((port) => !bench.ports.includes(port))
      const mapped = bench.outside.addresses.map((address) => `::ffff:${address}`)
      assertAll(await dial(bench, { tcp: each(['2001:db8::1', 'fe80::1', '::1', ...mapped], ports) }), refused)
      assertAll(await dial(bench, { udp: each(['2001:db8::1', 'fe80::1', ...mapped], [443]) }), refusedOrSilent)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 4,
    name: 'no socket of another family is given: vsock, packet, raw, SCTP, crypto, XDP, other netlink',
    async run(bench) {
      assertAll(await runInside(bench, 'families'), refused)
    },
  },
]

function each(addresses: readonly string[], ports: readonly number[]): [string, number][] {
  return [...new Set(addresses)].flatMap((address) =>
    [...new Set(ports)].map((port): [string, number] => [address, port]),
  )
}

async function dial(
  bench: SandboxBench,
  targets: { tcp?: [string, number][]; udp?: [string, number][] },
  name = '',
  label = name,
): Promise<Record<string, string>> {
  const outcomes = await runInside(bench, 'dial', targets)
  return Object.fromEntries(
    Object.entries(outcomes).map(([key, outcome]) => [name === '' ? key : key.replace(name, label), outcome]),
  )
}

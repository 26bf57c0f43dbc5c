import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openWorld } from './world.ts'

/** What was reached, by name of the place. */
export type Reached = Readonly<Record<string, boolean>>

/** What happened in the namespace. */
export interface FirewallReport {
  readonly before: Reached
  readonly fenced: Reached
  /** Of another user, while the rules stand. */
  readonly others: Reached
  readonly afterwards: Reached
  /** Names that DNS servers were asked for while the rules stood, and datagrams that came. */
  readonly datagrams: number
  /** Standard output of curl through the broker, and its exit code with every proxy variable unset. */
  readonly throughBroker: string
  readonly withoutProxy: number
  /** Requests that came to the service while the rules stood. */
  readonly requests: number
  readonly counters: Readonly<Record<string, number>>
  readonly tablesLeft: string
}

const nobody = 65_534
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs']
const api = 'api.service.test'

/** Tries to reach each place, given as JSON `[[name, kind, host, port], …]`; a datagram is reached when it is echoed. */
const prober = `
import json, socket, sys
reached = {}
for name, kind, host, port in json.loads(sys.argv[1]):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as s:
            s.settimeout(2)
            s.connect((host, port))
            if kind == "udp":
                s.send(b"x")
                s.recv(1)
        reached[name] = True
    except OSError:
        reached[name] = False
print(json.dumps(reached))
`

/** Everything happens in the network namespace of this process, which has nobody else in it. */
async function report(): Promise<FirewallReport> {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  const root = createTlsRoot()
  const key = makeCanary('sk-live-').value
  await using origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key }] } })
  using folder = makeTemporaryHome()
  await using world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate } as const
  await world.client.secrets.create({ name: 'api', value: key, scopes: [scope] })
  const sandbox = await world.client.sandboxes.create({ secrets: { API_KEY: 'api' }, target: 'shell' })
  const { recipe, ca, env, proxyUrl } = sandbox.connect

  const port = Number(new URL(world.broker.proxyUrl!).port)
  const places = await openPlaces(port)
  const path = { PATH: process.env['PATH'] ?? '' }
  const probe = async (command: readonly string[]): Promise<Reached> => {
    const asked = [...command, '/usr/bin/python3', '-c', prober, JSON.stringify(places.all)]
    const { stdout, stderr } = await runToEnd(asked, { env: path })
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as Reached
  }
  const caFile = join(folder.path, 'ca.pem')
  writeFileSync(caFile, ca)
  execFileSync('chmod', ['a+rx', folder.path])
  const curl = (proxy: Readonly<Record<string, string>>) =>
    runToEnd(
      [
        ...asNobody,
        'curl',
        '-sS',
        '--max-time',
        '10',
        '--cacert',
        caFile,
        '-H',
        `Authorization: Bearer ${env['API_KEY']}`,
      ].concat(
        ['--resolve', `${api}:${origin.port}:127.0.0.1`],
        proxy['HTTPS_PROXY'] ? `https://${api}/json` : `https://${api}:${origin.port}/json`,
      ),
      { env: { ...path, ...proxy } },
    )

  const before = await probe(asNobody)
  const rules = join(folder.path, 'firewall.nft')
  writeFileSync(rules, recipe!.files.find(({ path }) => path === 'firewall.nft')!.content)
  const load = ['-D', `sandbox=${nobody}`, '-f', rules]
  // Loading the rules again leaves them as they are.
  for (let time = 0; time < 2; time += 1) execFileSync('nft', load)
  const [datagramsBefore, requestsBefore] = [places.datagrams(), origin.requests.length]
  const fenced = await probe(asNobody)
  const datagrams = places.datagrams() - datagramsBefore
  const others = await probe([])
  const { stdout: throughBroker } = await curl({ HTTPS_PROXY: proxyUrl! })
  const requests = origin.requests.length - requestsBefore
  const { code } = await curl({})
  const table = `coatcheck_${sandbox.id}`
  const listed = JSON.parse(
    execFileSync('nft', ['-j', 'list', 'counters', 'table', 'inet', table], { encoding: 'utf8' }),
  ) as {
    nftables: readonly { counter?: { name: string; packets: number } }[]
  }
  const counters = Object.fromEntries(
    listed.nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets]])),
  )
  execFileSync('nft', ['delete', 'table', 'inet', table])
  const afterwards = await probe(asNobody)
  const tablesLeft = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' }).stdout
  places.close()
  return {
    before,
    fenced,
    others,
    afterwards,
    datagrams,
    throughBroker,
    withoutProxy: code ?? -1,
    requests: origin.requests.length - requestsBefore - requests,
    counters,
    tablesLeft,
  }
}

async function openPlaces(brokerPort: number) {
  let datagrams = 0
  const servers: { close(): unknown }[] = []
  const listen = async (host: string, port: number): Promise<number> => {
    const server = createServer((socket) => void socket.on('error', () => {}).end()).listen(port, host)
    servers.push(server)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const hear = async (host: string, port: number): Promise<void> => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.on('message', (message, { address, port: from }) => {
      datagrams += 1
      socket.send(message, from, address)
    })
    socket.bind(port, host)
    servers.push(socket)
    await once(socket, 'listening')
  }
  const otherPort = await listen('127.0.0.1', 0)
  await listen('127.0.0.2', brokerPort)
  await listen('::1', brokerPort)
  await listen('127.0.0.1', 53)
  for (const [host, port] of [
    ['127.0.0.1', brokerPort],
    ['127.0.0.1', 53],
    ['::1', brokerPort],
    ['::1', 53],
  ] as const)
    await hear(host, port)
  const all = [
    ['the broker', 'tcp', '127.0.0.1', brokerPort],
    ['another host on the same port', 'tcp', '127.0.0.2', brokerPort],
    ['another port of the broker’s host', 'tcp', '127.0.0.1', otherPort],
    ['IPv6', 'tcp', '::1', brokerPort],
    ['UDP to the broker', 'udp', '127.0.0.1', brokerPort],
    ['UDP over IPv6', 'udp', '::1', brokerPort],
    ['DNS', 'udp', '127.0.0.1', 53],
    ['DNS over TCP', 'tcp', '127.0.0.1', 53],
    ['DNS over IPv6', 'udp', '::1', 53],
  ] as const
  return { all, datagrams: () => datagrams, close: () => servers.forEach((server) => void server.close()) }
}

if (import.meta.main) {
  const said = await report()
  process.stdout.write(`${JSON.stringify(said)}\n`)
}

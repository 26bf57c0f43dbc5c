import { text } from 'node:stream/consumers'
import { hostIdentityFor, type LaunchSpec, openGateway, processLauncher } from '@coatcheck/launchers'
import { answerDns } from './answer-dns.ts'
import type { Arrival, Finished } from './sandbox-bench.ts'

/** A gateway with something on its listeners that answers and takes notes, in place of the broker. */
export interface StandInBroker {
  readonly gatewayPid: number
  readonly ports: readonly number[]
  /** Connections that came to the listeners. */
  readonly arrivals: Arrival[]
  /** Names that were asked for, in order. */
  readonly questions: string[]
  /** Runs a command in a sandbox on this gateway, to its end. */
  run(command: LaunchSpec['command'], options?: Partial<LaunchSpec>): Promise<Finished>
  /** Starts a command in a sandbox on this gateway. */
  launch(command: LaunchSpec['command'], options?: Partial<LaunchSpec>): ReturnType<typeof processLauncher.launch>
  /** Resolves when the gateway is gone. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** Opens a gateway whose resolver knows the given names. Workspaces decide whom sandboxes run as. */
export async function openStandIn(
  names: Readonly<Record<string, string>>,
  ports: readonly number[] = [80, 443, 5432],
  workspace = '/',
): Promise<StandInBroker> {
  const identity = hostIdentityFor(workspace)
  const runAs = identity === undefined ? {} : { runAs: identity }
  const gateway = await openGateway({ ports, ...runAs })
  const arrivals: Arrival[] = []
  const questions: string[] = []
  for (const [port, server] of gateway.listeners) {
    server.on('connection', (socket) => {
      const address = socket.localAddress ?? ''
      arrivals.push({ protocol: 'tcp', port, address })
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbroker saw ${address}:${port}\n`)
      })
    })
  }
  gateway.dnsDatagrams.on('message', (message, from) => {
    const answer = answerDns(message, names, questions)
    if (answer !== undefined) gateway.dnsDatagrams.send(answer, from.port, from.address)
  })
  gateway.dnsStreams.on('connection', (socket) => socket.on('error', () => {}).end())

  const launch: StandInBroker['launch'] = (command, options = {}) =>
    processLauncher.launch(
      {
        gatewayPid: gateway.pid,
        resolverAddress: gateway.resolverAddress,
        ...runAs,
        command,
        env: {},
        caCertificate: null,
        mounts: [],
        cwd: '/home/agent',
        forbiddenPaths: [],
        stdio: 'pipe',
        ...options,
      },
      AbortSignal.timeout(120_000),
    )
  return {
    gatewayPid: gateway.pid,
    ports,
    arrivals,
    questions,
    launch,
    async run(command, options) {
      const launched = await launch(command, options)
      launched.stdin?.end()
      const [stdout, stderr, code] = await Promise.all([text(launched.stdout!), text(launched.stderr!), launched.exit])
      return { code, stdout, stderr }
    },
    closed: gateway.closed,
    close: () => gateway.close(),
  }
}

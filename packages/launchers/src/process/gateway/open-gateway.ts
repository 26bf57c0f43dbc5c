import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket as DatagramSocket } from 'node:dgram'
import { closeSync, openSync } from 'node:fs'
import type { Server } from 'node:net'
import type { Readable } from 'node:stream'
import { CoatcheckError } from '@coatcheck/contract'
import type { Gateway, GatewaySpec } from '../../gateway.ts'
import { checkIdentity, dropPrivileges } from '../host/host-identity.ts'
import { requireProgram, systemPath } from '../host/programs.ts'
import { resolverAddress, syntheticNetwork } from './addresses.ts'
import { GatewayListeners } from './gateway-listeners.ts'
import { type StubMessage, stubSource } from './gateway-stub.ts'
import { jailDescriptors, jailScript } from './jail-script.ts'

const openDeadlineMs = 15_000
const dnsPort = 53

/**
 * Opens a gateway: a user, process and network namespace without an uplink, whose listeners this process holds. It ends
 * with `close()`, and with this process, however that dies.
 * @throws CoatcheckError `launch_impossible`
 */
export async function openGateway(spec: GatewaySpec): Promise<Gateway> {
  checkIdentity(spec.runAs)
  const ports = [...new Set(spec.ports)]
  if (!ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536 && port !== dnsPort)) {
    throw new CoatcheckError('launch_impossible', {
      reason: 'a port of the gateway is out of range, or the one of DNS',
    })
  }
  const jail = startJail(spec, ports)
  const ended = new Promise<void>((resolve) => {
    jail.once('exit', () => resolve())
    jail.once('error', () => resolve())
  })
  const listeners = new GatewayListeners()
  try {
    const pid = await handover(jail, ports, listeners, ended)
    return gatewayOf(jail, pid, listeners, ended)
  } catch (error) {
    jail.kill('SIGKILL')
    listeners.close()
    throw error
  }
}

function startJail(spec: GatewaySpec, ports: readonly number[]): ChildProcess {
  const [program, ...rest] = [
    ...dropPrivileges(spec.runAs),
    requireProgram('unshare'),
    ...['--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child', '--'],
    ...[requireProgram('sh'), '-c', jailScript, 'sh', stubSource, JSON.stringify(ports)],
  ] as [string, ...string[]]
  // An open descriptor, because the dropped user may not be able to walk to the file: it often lies in a home.
  const node = openSync(process.execPath, 'r')
  try {
    return spawn(program, rest, {
      cwd: '/',
      env: { PATH: systemPath },
      // A session of its own, out of reach of the keys of a terminal.
      detached: true,
      // SECURITY: input is the jail's life line. The kernel closes it when this process dies, and the jail ends.
      stdio: ['pipe', 'ignore', 'pipe', 'ipc', node, 'pipe'],
    })
  } finally {
    closeSync(node)
  }
}

/** Waits for every listener and for the number of the process that holds the sandbox's namespaces. */
async function handover(
  jail: ChildProcess,
  ports: readonly number[],
  listeners: GatewayListeners,
  ended: Promise<void>,
): Promise<number> {
  let errors = ''
  jail.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-400)
  })
  const failure = (reason: string) =>
    new CoatcheckError('launch_impossible', { reason: `the gateway did not open: ${errors.trim() || reason}` })

  const complete = new Promise<number>((resolve, reject) => {
    let pid = 0
    const proceed = () => {
      if (pid === 0 || !listeners.complete(ports)) return
      jail.send('bye', () => jail.disconnect())
      resolve(pid)
    }
    jail.on('message', (message, handle) => {
      const told = message as StubMessage
      if (told.kind === 'failed') return reject(failure(told.reason))
      if (told.kind === 'datagram') listeners.addDatagrams(handle as DatagramSocket)
      else listeners.addStream(told.address, told.port, handle as Server)
      proceed()
    })
    const status = (jail.stdio as readonly unknown[])[jailDescriptors.status] as Readable
    status.setEncoding('utf8').on('data', (text: string) => {
      pid = Number.parseInt(text, 10)
      proceed()
    })
  })
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => deadline.reject(failure('it took too long')), openDeadlineMs)
  try {
    return await Promise.race([
      complete,
      deadline.promise,
      ended.then(() => {
        throw failure('it ended at once')
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}

function gatewayOf(jail: ChildProcess, pid: number, listeners: GatewayListeners, ended: Promise<void>): Gateway {
  // Sockets keep a network namespace alive, so it is gone only when the listeners' connections are.
  const closed = ended.then(() => listeners.close())
  return {
    pid,
    listeners: listeners.streams,
    dnsDatagrams: listeners.dnsDatagrams,
    dnsStreams: listeners.dnsStreams,
    resolverAddress,
    syntheticNetwork,
    closed,
    close() {
      listeners.close()
      jail.kill('SIGKILL')
      return closed
    },
  }
}

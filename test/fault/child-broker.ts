import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { SandboxCreate } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { type GatewayPorts, type Inside, openInside } from '../wire/world.ts'
import type { ChildLine } from './broker.child.ts'

/** How a broker process is started. */
export interface ChildBrokerOptions {
  readonly home: string
  /** The script that it runs: `brokerScript`, or that one bundled. */
  readonly script?: string
  /** Folder in which Node keeps compiled modules from one process to the next. */
  readonly compileCache: string
  /** Further flags of Node. */
  readonly flags?: readonly string[]
  /** Opens the door for sandboxes elsewhere, with so many workers. */
  readonly workers?: number
  /** As many descriptors as it may have open; as many as this process when absent. */
  readonly openFiles?: number
}

/** The script of a child broker. */
export const brokerScript: string = join(import.meta.dirname, 'broker.child.ts')

/** A broker in a process of its own, with gateways on loopback. */
export class ChildBroker {
  readonly client: CoatcheckClient
  /** What the broker reported that nobody expected. */
  readonly faults: string[] = []
  /** Where its door is, once it is ready; empty without one. */
  proxyUrl = ''
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #loaded = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #gateways: GatewayPorts[] = []

  /** Starts the process, which loads everything and then waits. */
  constructor({ home, script = brokerScript, compileCache, flags = [], openFiles, workers }: ChildBrokerOptions) {
    const limit = openFiles === undefined ? '' : `ulimit -n ${openFiles} && `
    const command = [
      process.execPath,
      '--conditions=source',
      ...flags,
      script,
      home,
      ...(workers === undefined ? [] : [`${workers}`]),
    ]
    this.#child = spawn('/bin/sh', ['-c', `${limit}exec "$@"`, 'sh', ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { NODE_COMPILE_CACHE: compileCache },
    })
    this.#exited = once(this.#child, 'exit')
    this.client = createClient({ socketPath: join(home, 'run', 'broker.sock') })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#hear(line))
    // The process may be gone when it is told to go on.
    this.#child.stdin!.on('error', () => {})
    const gone = (): void => {
      const error = new Error(`the broker has ended: ${this.faults.join('; ')}`)
      this.#loaded.reject(error)
      this.#ready.reject(error)
    }
    for (const { promise } of [this.#loaded, this.#ready]) promise.catch(() => {})
    this.#exited.then(gone, gone)
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Resolves when the process has loaded everything. */
  get loaded(): Promise<void> {
    return this.#loaded.promise
  }

  /** Opens the broker. Rejects when it cannot be opened, or is killed before it is. */
  start(): Promise<void> {
    this.#child.stdin!.write('start\n')
    return this.#ready.promise
  }

  async createSandbox(input: SandboxCreate): Promise<Inside> {
    const launch = { isolation: 'process', uid: 65534, gid: 65534, detached: true } as const
    const sandbox = await this.client.sandboxes.create({ ...input, launch })
    return openInside(this.client, sandbox, this.#gateways.at(-1)!)
  }

  /** Ends the process with SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Lets the broker end in good order. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#exited
  }

  #hear(text: string): void {
    const line = JSON.parse(text) as ChildLine
    if (line.kind === 'loaded') this.#loaded.resolve()
    else if (line.kind === 'ready') {
      this.proxyUrl = line.proxyUrl ?? ''
      this.#ready.resolve()
    } else if (line.kind === 'gateway') this.#gateways.push({ ...line, ports: new Map(line.ports) })
    else this.faults.push(line.message)
  }
}

import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { resolveHome, startBroker } from '@coatcheck/broker'
import { CoatcheckError } from '@coatcheck/contract'
import { openLoopbackGateway } from '../wire/loopback-gateway.ts'

/** One line that a child broker writes. */
export type ChildLine =
  /** Everything is loaded, and nothing is opened. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'ready'; readonly socketPath: string; readonly proxyUrl?: string }
  | { readonly kind: 'gateway'; readonly resolverPort: number; readonly ports: readonly (readonly [number, number])[] }
  /** The broker cannot start, or met what it did not expect. */
  | { readonly kind: 'fault'; readonly message: string }

const [, , home = '', workers] = process.argv

function say(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function reportFault(error: unknown): void {
  const code = error instanceof CoatcheckError ? error.message : error instanceof Error ? error.stack : String(error)
  say({ kind: 'fault', message: String(code) })
}

async function start(): Promise<void> {
  const broker = await startBroker({
    home: resolveHome(home, {}),
    socketPath: join(home, 'run', 'broker.sock'),
    reportFault: (_instance, error) => reportFault(error),
    ...(workers !== undefined && {
      settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } }, workers: Number(workers) },
    }),
    async openGateway(spec) {
      const gateway = await openLoopbackGateway(spec)
      say({ kind: 'gateway', resolverPort: gateway.resolverPort, ports: [...gateway.ports] })
      return gateway
    },
  })
  process.once('SIGTERM', () => void broker.stop().then(() => process.exit(0)))
  const { proxyUrl, socketPath } = broker
  say({ kind: 'ready', socketPath, ...(proxyUrl !== undefined && { proxyUrl }) })
}

process.on('uncaughtException', (error) => {
  reportFault(error)
  process.exit(1)
})
// A process that is killed writes no compile cache; the first one that gets here does, for all that follow.
flushCompileCache()
say({ kind: 'loaded' })
// Whoever started this process says when to go on; when it is gone, so is the process.
const lines = createInterface({ input: process.stdin })
lines.once('close', () => process.exit(0))
await once(lines, 'line')
await start()

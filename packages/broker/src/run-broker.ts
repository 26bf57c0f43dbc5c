import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CoatcheckError, type Problem, problemBody } from '@coatcheck/contract'
import { closeInheritedDescriptors, openGateway } from '@coatcheck/launchers'
import type { StartConfig } from './admin/start-config.ts'
import type { Broker } from './broker.ts'
import type { Home } from './config/home.ts'
import type { BrokerSettings } from './config/settings.ts'
import { startBroker } from './main.ts'
import { SecretValue } from './vault/secret-value.ts'
import { describeFault } from './workers/fault-report.ts'

/** First line that a broker process reads from its standard input. */
export interface BrokerProcessOptions {
  readonly home: Home
  readonly socketPath: string
  readonly settings?: BrokerSettings
  readonly config?: StartConfig
  /** Values of the variables that sources name. */
  readonly sourceVariables?: Readonly<Record<string, string>>
  /** Of the key, where it asks for one or is to be made under one. */
  readonly passphrase?: string
  readonly newKey?: 'file' | 'passphrase'
}

/** The one line that it writes to its standard output, once its doors are open or cannot be opened. */
export type BrokerProcessReply =
  | { readonly ready: true; readonly socketPath: string; readonly apiUrl?: string; readonly proxyUrl?: string }
  | { readonly problem: Problem }

/** From sysexits.h: wrong usage, and an internal error. */
const usageExitCode = 64
const faultExitCode = 70

closeInheritedDescriptors()
process.on('uncaughtException', (error) => {
  // SECURITY: a broker in an unknown state lets nothing through; the namespaces end with it.
  reportFault('uncaught', error)
  process.exit(faultExitCode)
})
await run()

async function run(): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  const ended = once(lines, 'close').then(() => [])
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string?]
  if (line === undefined) process.exit(usageExitCode)
  const { passphrase: text, ...options } = JSON.parse(line) as BrokerProcessOptions
  using passphrase = text === undefined ? undefined : new SecretValue(Buffer.from(text))
  try {
    const broker = await startBroker({ ...options, ...(passphrase && { passphrase }), reportFault, openGateway })
    // Its end says that whoever started this process is gone, however that happened.
    stopWith(broker, ended)
    const { socketPath: listening, apiUrl, proxyUrl } = broker
    const urls = { ...(apiUrl !== undefined && { apiUrl }), ...(proxyUrl !== undefined && { proxyUrl }) }
    reply({ ready: true, socketPath: listening, ...urls })
  } catch (error) {
    reply({ problem: describe(error) })
    process.exit(1)
  }
}

function stopWith(broker: Broker, over: Promise<unknown>): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    broker.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        reportFault('stop', error)
        process.exit(faultExitCode)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  void over.then(stop)
}

function describe(error: unknown): Problem {
  if (error instanceof CoatcheckError) return problemBody(error.code, error.facts)
  const instance = randomUUID()
  reportFault(instance, error)
  return problemBody('internal', {}, instance)
}

function reply(line: BrokerProcessReply): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** SECURITY: the stack and the name of an error, never its message, which may quote what was being handled. */
function reportFault(instance: string, error: unknown): void {
  const line = { at: new Date().toISOString(), level: 'error', ...describeFault(instance, error) }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

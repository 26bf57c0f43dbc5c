import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BrokerProcessOptions } from '@coatcheck/broker'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import { type BrokerPlace, type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { startBrokerChild } from './broker-child.ts'
import { brokerCommand } from './broker-command.ts'
import { isAlive } from './is-alive.ts'
import { sourceVariables } from './source-variables.ts'

const pingDeadlineMs = 5_000

/** How a socket fails behind which no broker can be; one that is started says what is wrong with the place. */
const noBroker: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ELOOP', 'ENOENT', 'ENOTDIR'])

/** Longest path of a socket that Linux takes, in bytes (unix(7)), and the longest name that one of ours has. */
const maxSocketPathBytes = 107
const longestSocketName = 'private-4194304.sock'

/** A broker to talk to. */
export interface Connection {
  readonly client: CoatcheckClient
  /** `running`: serves this home. `private`: was started for this command, and ends with it. `remote`: listens elsewhere. */
  readonly broker: 'running' | 'private' | 'remote'
  /** The last lines of the log of a private broker; a running one writes its own. */
  log(): string
  close(): Promise<void>
}

/** What a private broker is started with, beside its place. */
export type StartOptions = Pick<BrokerProcessOptions, 'newKey' | 'passphrase' | 'settings'>

/**
 * The broker that serves a home, or else a private one for as long as the connection is open. `waiting` may show somebody
 * that one is starting.
 * @throws CoatcheckError `broker_unreachable`, and whatever keeps a broker from starting
 */
export async function connect(
  home: Home,
  environment: Readonly<NodeJS.ProcessEnv>,
  start: () => Promise<StartOptions>,
  waiting: (work: Promise<Connection>) => Promise<Connection> = (work) => work,
): Promise<Connection> {
  demandShortPath(home.run)
  const client = createClient({ socketPath: homePaths(home).socket })
  if (await answers(client)) return { client, broker: 'running', log: () => '', close: () => Promise.resolve() }
  return waiting(startPrivateBroker(home, environment, await start()))
}

/** A broker that listens for tokens. @throws CoatcheckError as `createClient` does */
export function connectTo(place: BrokerPlace): Connection {
  return { client: createClient(place), broker: 'remote', log: () => '', close: () => Promise.resolve() }
}

/** @throws CoatcheckError `home_unusable` */
function demandShortPath(folder: string): void {
  if (Buffer.byteLength(join(folder, longestSocketName)) <= maxSocketPathBytes) return
  const reason = `the path of a socket in it would be longer than ${maxSocketPathBytes} bytes`
  throw new CoatcheckError('home_unusable', { path: folder, reason, hint: 'Name a folder with a shorter path.' })
}

async function answers(client: CoatcheckClient): Promise<boolean> {
  try {
    await client.ping(AbortSignal.timeout(pingDeadlineMs))
    return true
  } catch (error) {
    const absent = error instanceof CoatcheckError && noBroker.has(String(error.facts['reason']))
    if (absent) return false
    // A broker that is there and does not answer is not to be joined by a second one behind its back.
    if (error instanceof CoatcheckError) throw error
    throw new CoatcheckError('broker_unreachable', { reason: 'it takes too long to answer' }, { cause: error })
  }
}

async function startPrivateBroker(
  home: Home,
  environment: Readonly<NodeJS.ProcessEnv>,
  start: StartOptions,
): Promise<Connection> {
  removeAbandoned(home.run)
  const socketPath = join(home.run, `private-${process.pid}.sock`)
  const options = { ...start, ...(await sourceVariables(home, undefined, environment)), home, socketPath }
  const child = await startBrokerChild(brokerCommand(environment), options, 'private')
  return { client: createClient({ socketPath }), broker: 'private', log: child.log, close: () => child.stop() }
}

/** Removes the sockets of private brokers that were killed together with their commands. */
function removeAbandoned(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, pid] = /^private-(\d+)\.sock$/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Not there yet, or not ours: the broker will say so in its own words.
    return []
  }
}

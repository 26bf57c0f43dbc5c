import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { startBrokerChild } from './broker-child.ts'
import { brokerCommand } from './broker-command.ts'

const pingDeadlineMs = 5_000

/** A broker to talk to. */
export interface Connection {
  readonly client: CoatcheckClient
  /** `running`: serves this home for everybody. `private`: was started for this command, and ends with it. */
  readonly broker: 'running' | 'private'
  /** The last lines of the log of a private broker; a running one writes its own. */
  log(): string
  close(): Promise<void>
}

/**
 * The broker that serves a home, or else a private one for as long as the connection is open.
 * @throws CoatcheckError `broker_unreachable`, and whatever keeps a broker from starting
 */
export async function connect(home: Home, environment: Readonly<NodeJS.ProcessEnv>): Promise<Connection> {
  const client = createClient({ socketPath: homePaths(home).socket })
  if (await answers(client)) return { client, broker: 'running', log: () => '', close: () => Promise.resolve() }
  return startPrivateBroker(home, environment)
}

async function answers(client: CoatcheckClient): Promise<boolean> {
  try {
    await client.ping(AbortSignal.timeout(pingDeadlineMs))
    return true
  } catch (error) {
    const absent = error instanceof CoatcheckError && ['ENOENT', 'ECONNREFUSED'].includes(String(error.facts['reason']))
    if (absent) return false
    // A broker that is there and does not answer is not to be joined by a second one behind its back.
    if (error instanceof CoatcheckError) throw error
    throw new CoatcheckError('broker_unreachable', { reason: 'it takes too long to answer' }, { cause: error })
  }
}

async function startPrivateBroker(home: Home, environment: Readonly<NodeJS.ProcessEnv>): Promise<Connection> {
  removeAbandoned(home.run)
  const socketPath = join(home.run, `private-${process.pid}.sock`)
  const child = await startBrokerChild(brokerCommand(environment), { home, socketPath }, 'private')
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

import { type Home, resolveHome } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import type { Command } from 'commander'
import { placeFrom } from './broker-place.ts'
import { type Connection, connect, connectTo, type StartOptions } from './connection.ts'
import { Output } from './output.ts'
import { unlockOptions } from './passphrase.ts'
import { whileWaiting } from './while-waiting.ts'

/** What a command finds around it; tests bring their own. */
export interface Surroundings {
  readonly environment: Readonly<NodeJS.ProcessEnv>
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly cwd: string
  now(): Date
}

/** The surroundings of this process. */
export function processSurroundings(): Surroundings {
  const { env: environment, stdin, stdout, stderr } = process
  return { environment, stdin, stdout, stderr, cwd: process.cwd(), now: () => new Date() }
}

/** Commands that join processes, or look at files, of the machine on which the broker runs. */
const localCommands: ReadonlySet<string> = new Set(['doctor', 'exec', 'init', 'passphrase', 'run'])

/** What an action works with while it talks to a broker. */
export interface Work extends Connection {
  readonly home: Home
  readonly output: Output
}

/** Says what a broker is started with, once it is known that there is none. */
type Start = (home: Home) => Promise<StartOptions>

/** One call of the command line: where it reads and writes, and what it ends with. */
export class Session {
  readonly surroundings: Surroundings
  /** What the process ends with when nothing throws. */
  exitCode = 0

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings
  }

  output(command: Command): Output {
    return new Output(this.surroundings, command.optsWithGlobals()['json'] === true)
  }

  home(command: Command): Home {
    const explicit = command.optsWithGlobals()['home'] as string | undefined
    // A variable of a script that was not set must not lead to the home of the person who runs it.
    if (explicit === '') throw new CoatcheckError('request_invalid', { reason: '--home is empty: name a folder' })
    return resolveHome(explicit, this.surroundings.environment)
  }

  /**
   * Runs an action with a broker, and lets go of the broker afterwards. Without `start`, a broker that has to be started
   * for it is given the passphrase of the key, where that asks for one. `settings` are for such a broker only.
   */
  async withBroker(
    command: Command,
    act: (work: Work) => Promise<void>,
    start?: StartOptions,
    settings?: StartOptions['settings'],
  ): Promise<void> {
    await this.#work(command, act, async (home) => {
      const opening = start ?? (await unlockOptions(home, this.surroundings))
      return { ...opening, settings: { ...opening.settings, ...settings } }
    })
  }

  /** The same for what outlives the command: where no broker serves, none is started for it. @throws what `absent` gives then */
  withServingBroker(command: Command, act: (work: Work) => Promise<void>, absent: () => CoatcheckError): Promise<void> {
    return this.#work(command, act, () => Promise.reject(absent()))
  }

  async #work(command: Command, act: (work: Work) => Promise<void>, start: Start): Promise<void> {
    const home = this.home(command)
    const connection = await this.#connect(command, home, start)
    try {
      await act({
        ...connection,
        client: this.#inProject(command, connection.client),
        home,
        output: this.output(command),
      })
    } catch (error) {
      // The reply names an id; only the log of the broker, which ends now, says what happened under it.
      const isFault = error instanceof CoatcheckError && error.code === 'internal'
      if (isFault) this.surroundings.stderr.write(connection.log())
      throw error
    } finally {
      await connection.close()
    }
  }

  /** The client, acting in the project that the call names. */
  #inProject(command: Command, client: CoatcheckClient): CoatcheckClient {
    const project = (command.optsWithGlobals()['project'] as string | undefined) ?? this.#variable('COATCHECK_PROJECT')
    return project === undefined ? client : client.with({ project })
  }

  #variable(name: string): string | undefined {
    const value = this.surroundings.environment[name]
    return value === '' ? undefined : value
  }

  #connect(command: Command, home: Home, start: Start): Promise<Connection> | Connection {
    const { environment } = this.surroundings
    const place = placeFrom(command.optsWithGlobals(), environment)
    if (place === undefined)
      return connect(
        home,
        environment,
        () => start(home),
        (work) => whileWaiting(this.surroundings.stderr, 'Starting a broker', work),
      )
    // SECURITY: what a broker elsewhere says about its own processes means others here.
    if (localCommands.has(command.name()))
      throw new CoatcheckError('request_invalid', {
        reason: `${command.name()} works with the broker of this machine only`,
      })
    return connectTo(place)
  }
}

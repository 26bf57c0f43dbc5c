import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Scope } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { type ApiAnswer, type ApiQuestion, askApi } from '../acceptance/ask-api.ts'
import type { Caller } from '../acceptance/caller.ts'
import { type ServingBroker, startServe } from '../acceptance/serving-broker.ts'
import { type Ended, runHere } from '../cli/in-this-process.suite.ts'
import { type Canary, canaryOf } from '../fixtures/canary.ts'
import { CanarySearch } from '../fixtures/canary-search.ts'
import type { FinishedProcess, RunOptions } from '../fixtures/finished-process.ts'
import { approvalFiles, describeApprovals } from './approvals-home.ts'
import { DiskSearch, publicFiles } from './places.ts'
import { ProcessWatch } from './process-watch.ts'
import { type Services, startServices } from './services.ts'
import { makeStageValues, type StageValues, watchedValues } from './stage-values.ts'

/** Both doors of the broker, open on loopback. */
const serveArgs = ['--proxy', '127.0.0.1:0', '--api', '127.0.0.1:0'] as const

/** A caller with a serving broker and services to call. Hears everything that is said, and finds what was kept. */
export class Stage implements AsyncDisposable {
  readonly values: StageValues
  readonly caller: Caller
  readonly services: Services
  readonly watch: ProcessWatch
  broker: ServingBroker
  readonly #search: CanarySearch
  readonly #disk: DiskSearch
  #heard: { readonly where: string; readonly text: string | Buffer }[] = []

  private constructor(
    values: StageValues,
    caller: Caller,
    services: Services,
    watch: ProcessWatch,
    broker: ServingBroker,
  ) {
    this.values = values
    this.caller = caller
    this.services = services
    this.watch = watch
    this.broker = broker
    this.#search = new CanarySearch(Object.values(values))
    const others = new Set([...publicFiles(), ...approvalFiles(caller.home)])
    this.#disk = new DiskSearch(dirname(caller.home), others, this.#search)
  }

  /** Sets the stage; the secret `key` goes to every service. */
  static async open(caller: Caller): Promise<Stage> {
    const values = makeStageValues()
    const services = await startServices(values.stored.value)
    const watch = new ProcessWatch(watchedValues(values))
    try {
      describeApprovals(caller, services.hooksUrl, values.hook.value)
      const stage = new Stage(values, caller, services, watch, await startServe(caller, { args: serveArgs }))
      const scopes = Object.keys(services.ports).map((host) => stage.scope(host))
      await stage.client.secrets.create({ name: 'key', value: values.stored.value, scopes })
      return stage
    } catch (error) {
      watch[Symbol.dispose]()
      await services[Symbol.asyncDispose]()
      caller[Symbol.dispose]()
      throw error
    }
  }

  get client(): CoatcheckClient {
    return createClient(this.broker)
  }

  /** Where the broker listens beside its socket. */
  get doors(): { readonly proxyUrl: string; readonly apiUrl: string } {
    const url = (name: string) => new RegExp(`"${name}":"([^"]+)"`).exec(this.broker.said())?.[1] ?? ''
    return { proxyUrl: url('proxyUrl'), apiUrl: url('apiUrl') }
  }

  /** A scope for one of the services. */
  scope(host: string): Scope {
    const pin = { address: '127.0.0.1', port: this.services.ports[host] ?? 0 }
    return { to: host, inject: { kind: 'bearer' }, pin, roots: this.services.root.certificate }
  }

  /** Looks for a text from now on that the broker made and showed once, such as a token. */
  learn(text: string): Canary {
    const canary = canaryOf(text)
    this.#search.add(canary)
    this.watch.add({ canary })
    return canary
  }

  /** Keeps what was said, to look through it. */
  hear(where: string, text: string | Buffer): void {
    this.#heard.push({ where, text })
  }

  /** Runs `coatcheck` with these arguments. */
  async command(args: readonly string[], options: RunOptions = {}): Promise<FinishedProcess> {
    const result = await this.quietly(args, options)
    const where = `coatcheck ${args.join(' ')}`
    this.hear(`${where}: stdout`, result.stdoutBytes)
    this.hear(`${where}: stderr`, result.stderr)
    return result
  }

  /** The same without a process of its own where the caller is who runs the test; for what does not depend on how it is started. */
  async commandHere(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const { folder, uid, coatcheck, home } = this.caller
    if (process.getuid?.() !== uid) return this.command(args, options)
    const result = await runHere(coatcheck, home, args, {
      cwd: folder,
      ...options,
      env: { TMPDIR: folder, ...options.env },
    })
    this.hear(`coatcheck ${args.join(' ')}`, result.stdout + result.stderr)
    return result
  }

  /** The same for commands that show a token, which is theirs to show; what they say is not searched. */
  quietly(args: readonly string[], options: RunOptions = {}): Promise<FinishedProcess> {
    const { folder, coatcheck } = this.caller
    return coatcheck.run(args, { cwd: folder, ...options, env: { TMPDIR: folder, ...options.env } })
  }

  /** Runs a script in a sandbox that holds the placeholder in `KEY`. */
  inside(script: string, options: readonly string[] = []): Promise<FinishedProcess> {
    return this.command(['run', '--profile', 'locked', '--secret', 'KEY=key', ...options, '--', 'sh', '-c', script])
  }

  /** Asks the management API. */
  async ask(question: ApiQuestion): Promise<ApiAnswer> {
    const answer = await askApi(this.broker.socketPath, question)
    this.hear(`${question.method} ${question.path}`, answer.text)
    return answer
  }

  /** Does something while a file of the caller's holds `content`; the file is the test's own, and not searched. */
  async withFile<Result>(
    content: string | Buffer,
    use: (path: string) => Promise<Result>,
    name = 'given',
  ): Promise<Result> {
    const path = join(dirname(this.caller.home), name)
    writeFileSync(path, content, { mode: 0o600 })
    if (process.getuid?.() === 0) chownSync(path, this.caller.uid, this.caller.uid)
    try {
      return await use(path)
    } finally {
      rmSync(path, { force: true })
    }
  }

  /** Starts another broker in place of one that has ended. */
  async serveAgain(): Promise<void> {
    this.hear('the broker’s log', this.broker.said())
    this.broker = await startServe(this.caller, { args: serveArgs })
  }

  /** Every place where one of the values was seen or lies now. What was heard is heard once. */
  findings(): readonly string[] {
    this.hear('the broker’s log', this.broker.said())
    this.hear('what the unworthy services got', this.services.received())
    const heard = this.#heard
    this.#heard = []
    const said = heard.flatMap(({ where, text }) =>
      this.#search.find(Buffer.from(text)).map(({ encoding }) => `${where}: ${encoding}`),
    )
    return [...said, ...this.#disk.findings(), ...this.watch.takeSightings()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watch[Symbol.dispose]()
    await this.broker.stop()
    await this.services[Symbol.asyncDispose]()
    this.caller[Symbol.dispose]()
  }
}

import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Scope } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { type ApiAnswer, type ApiQuestion, askApi } from '../acceptance/ask-api.ts'
import type { Caller } from '../acceptance/caller.ts'
import { type ServingBroker, startServe } from '../acceptance/serving-broker.ts'
import { type Canary, findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import type { FinishedProcess, RunOptions } from '../fixtures/finished-process.ts'
import { ProcessWatch } from './process-watch.ts'
import { type Services, startServices } from './services.ts'

/** The values that must be found nowhere, by how they came in. */
export interface StageValues {
  /** Of the secret `key`; the good service accepts it. */
  readonly stored: Canary
  /** Of other secrets, and of `key` for a while. */
  readonly next: Canary
  /** Given inline with a sandbox. */
  readonly inline: Canary
  /** In the environment of whoever runs a command. */
  readonly ambient: Canary
  /** Typed as an argument by mistake. */
  readonly mistyped: Canary
}

/** Where a core, or a file of a careless program, would lie outside the caller's folders. */
const publicFolders = ['/', '/tmp', '/var/tmp', '/dev/shm']
const maxPublicFileBytes = 64 * 1024 * 1024

/** The command line itself, which has what its caller gave it as arguments or variables, and what makes the caller. */
const isCommandLine = (command: string): boolean =>
  /coatcheck\.cjs|packages\/cli\/src\/\w+\.ts|^(?:mount|mkdir) .*\/mnt/.test(command)

/** A caller with a serving broker and services to call. Hears everything that is said, and finds what was kept. */
export class Stage implements AsyncDisposable {
  readonly values: StageValues
  readonly caller: Caller
  readonly services: Services
  readonly watch: ProcessWatch
  broker: ServingBroker
  readonly #publicBefore = new Set(publicFiles())
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
  }

  /** Sets the stage; the secret `key` goes to every service. */
  static async open(caller: Caller): Promise<Stage> {
    const values: StageValues = {
      stored: makeCanary('sk_live_'),
      next: makeCanary('sk_live_'),
      inline: makeCanary('sk_test_'),
      ambient: makeCanary('sk_test_'),
      mistyped: makeCanary('rk_live_'),
    }
    const services = await startServices(values.stored.value)
    const { ambient, mistyped, ...others } = values
    const watch = new ProcessWatch([
      ...Object.values(others).map((canary: Canary) => ({ canary })),
      ...[ambient, mistyped].map((canary) => ({ canary, mayShow: isCommandLine })),
    ])
    const stage = new Stage(values, caller, services, watch, await startServe(caller))
    const scopes = Object.keys(services.ports).map((host) => stage.scope(host))
    await stage.client.secrets.create({ name: 'key', value: values.stored.value, scopes })
    return stage
  }

  get client(): CoatcheckClient {
    return createClient(this.broker)
  }

  /** A scope for one of the services. */
  scope(host: string): Scope {
    const pin = { address: '127.0.0.1', port: this.services.ports[host] ?? 0 }
    return { to: host, inject: { kind: 'bearer' }, pin, roots: this.services.root.certificate }
  }

  /** Keeps what was said, to look through it. */
  hear(where: string, text: string | Buffer): void {
    this.#heard.push({ where, text })
  }

  /** Runs `coatcheck` with these arguments. */
  async command(args: readonly string[], options: RunOptions = {}): Promise<FinishedProcess> {
    const { folder, coatcheck } = this.caller
    const result = await coatcheck.run(args, { cwd: folder, ...options, env: { TMPDIR: folder, ...options.env } })
    const where = `coatcheck ${args.join(' ')}`
    this.hear(`${where}: stdout`, result.stdoutBytes)
    this.hear(`${where}: stderr`, result.stderr)
    return result
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

  /** Does something while a file holds `content`; the file is the test's own, and not searched. */
  async withFile<Result>(content: string | Buffer, use: (path: string) => Promise<Result>): Promise<Result> {
    const path = join(dirname(this.caller.home), 'given')
    writeFileSync(path, content, { mode: 0o644 })
    try {
      return await use(path)
    } finally {
      rmSync(path)
    }
  }

  /** Starts another broker in place of one that has ended. */
  async serveAgain(): Promise<void> {
    this.hear('the broker’s log', this.broker.said())
    this.broker = await startServe(this.caller)
  }

  /** Every place where one of the values was seen or lies now. What was heard is heard once. */
  findings(): readonly string[] {
    this.hear('the broker’s log', this.broker.said())
    this.hear('what the unworthy services got', this.services.received())
    const heard = this.#heard
    this.#heard = []
    const said = Object.values(this.values).flatMap((canary: Canary) => [
      ...heard.flatMap(({ where, text }) => findCanary(text, canary).map((encoding) => `${where}: ${encoding}`)),
      ...findCanaryInFolder(dirname(this.caller.home), canary),
      ...this.#newPublicFiles().flatMap((path) => findCanary(readFileSync(path), canary).map(() => path)),
    ])
    return [...said, ...this.watch.takeSightings()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watch[Symbol.dispose]()
    await this.broker.stop()
    await this.services[Symbol.asyncDispose]()
    this.caller[Symbol.dispose]()
  }

  #newPublicFiles(): readonly string[] {
    return publicFiles().filter((path) => !this.#publicBefore.has(path))
  }
}

/** Plain files of moderate size in the folders that everybody may use, and in the root. */
function publicFiles(): readonly string[] {
  return publicFolders.flatMap((folder) =>
    readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => {
        const status = lstatSync(path, { throwIfNoEntry: false })
        return status?.isFile() === true && status.size <= maxPublicFileBytes
      }),
  )
}

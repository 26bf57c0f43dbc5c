import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, SandboxCreate, Scope } from '@coatcheck/contract'
import { type Canary, makeCanary } from '../fixtures/canary.ts'
import { type EximPorts, type EximServer, startExim } from '../fixtures/exim-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { SmtpClient } from './smtp-client.ts'
import { type Inside, openWorld, type World } from './world.ts'

/** Name of the mail server, which no resolver knows. */
export const mailHost = 'mail.service.test'
/** Whom the broker logs in as. */
export const mailUser = 'agent@service.test'

/** An Exim, a broker, and secrets for it. */
export interface SmtpScene extends AsyncDisposable {
  readonly server: EximServer
  readonly world: World
  /** Password of the user. */
  readonly canary: Canary
  store(name: string, options?: SecretOptions): Promise<void>
  /** A sandbox in which `SMTP_URL` is the secret of that name. */
  open(secret: string, input?: SandboxCreate): Promise<InsideMail>
}

/** What is unusual about a secret. */
export interface SecretOptions {
  readonly inject?: Partial<InjectorSpec>
  readonly scope?: Partial<Scope>
  readonly port?: keyof EximPorts
  readonly value?: string
}

/** The view from inside a sandbox that has a mail server. */
export interface InsideMail {
  readonly inside: Inside
  readonly placeholder: string
  /** Where clients of this machine reach what is inside. */
  place(): Promise<{ readonly host: string; readonly port: number }>
  /** A connection on which nothing was said yet. */
  connect(): Promise<SmtpClient>
  /** One that has logged in. */
  loggedIn(): Promise<SmtpClient>
}

/** Reason to skip a test that needs the server, and these things beside it. */
export function skipWithoutMail(...names: readonly string[]): string | false {
  return process.getuid?.() === 0 ? skipWithout('Exim', ...names) : 'Exim starts for root alone'
}

const root = createTlsRoot()

/** @param prepare told of the folder that the broker keeps its things in, before it starts, and of the ports of the server */
export async function openSmtpScene(
  prepare: (home: string, ports: EximPorts) => void = () => {},
  clock?: NonNullable<BrokerOptions['clock']>,
): Promise<SmtpScene> {
  const canary = makeCanary()
  const server = await startExim(root.leaf(mailHost), mailHost, canary.value)
  const home = makeTemporaryHome()
  prepare(home.path, server.ports)
  const world = await openWorld(clock === undefined ? {} : { clock }, home)
  return {
    server,
    world,
    canary,
    async store(name, { inject = {}, scope = {}, port = 'submission', value } = {}) {
      const at = `${mailHost}:${server.ports[port]}`
      const scheme = port === 'implicit' ? 'smtps' : 'smtp'
      await world.client.secrets.create({
        name,
        value: value ?? `${scheme}://${encodeURIComponent(mailUser)}:${canary.value}@${at}`,
        scopes: [
          {
            to: `smtp://${at}`,
            pin: { address: '127.0.0.1' },
            roots: root.certificate,
            ...scope,
            inject: { kind: 'smtp', ...inject },
          },
        ],
      })
    },
    async open(secret, input = {}) {
      return insideMail(await world.createSandbox({ secrets: { SMTP_URL: secret }, ...input }))
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The view from a sandbox that has a secret for a mail server. */
export function insideMail(inside: Inside): InsideMail {
  const { env } = inside.sandbox.connect
  const place = async () => ({ host: await inside.addressOf(env['SMTP_HOST'] ?? ''), port: inside.portOf(587) })
  const connect = async (): Promise<SmtpClient> => {
    const { host, port } = await place()
    return SmtpClient.connect(host, port)
  }
  const placeholder = env['SMTP_PASSWORD'] ?? ''
  return {
    inside,
    placeholder,
    place,
    connect,
    async loggedIn() {
      const client = await connect()
      const code = await client.logIn(placeholder)
      if (code !== 235) throw new Error(`the login was answered by ${code}`)
      return client
    },
  }
}

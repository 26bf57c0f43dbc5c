import type { CreatedSandbox, Scope } from '@coatcheck/contract'
import { createTlsRoot, type TlsRoot } from '../../test/fixtures/tls-root.ts'
import { openWorld, type World } from '../../test/wire/world.ts'

/** What became of one try. */
export interface Outcome {
  readonly what: string
  /** `yes`, or why not. */
  readonly said: string
}

/** What all tries have in common. */
export interface WiderScene extends AsyncDisposable {
  readonly world: World
  readonly root: TlsRoot
  /** A registered sandbox that has a secret; its variables lead stock clients to the service. */
  open(value: string, scope: Scope): Promise<CreatedSandbox>
}

/** Name of every service, which no resolver knows. */
export const serviceHost = 'wider.service.test'

export async function openWiderScene(): Promise<WiderScene> {
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const root = createTlsRoot()
  let count = 0
  return {
    world,
    root,
    async open(value, scope) {
      count += 1
      const name = `secret-${count}`
      const scopes = [{ pin: { address: '127.0.0.1' }, roots: root.certificate, ...scope }]
      await world.client.secrets.create({ name, value, scopes })
      return world.client.sandboxes.create({ secrets: { SERVICE_URL: name } })
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

/** Does something, and says how that went. */
export async function tried(what: string, act: () => Promise<string>, expected: string): Promise<Outcome> {
  try {
    const got = (await act()).trim()
    return { what, said: got === expected ? 'yes' : `no: ${got.slice(0, 200)}` }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return {
      what,
      said: /unknown injector/.test(text) ? 'not tried: there is no connector' : `no: ${text.slice(0, 300)}`,
    }
  }
}

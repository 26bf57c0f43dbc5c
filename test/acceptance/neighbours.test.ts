import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox, Scope } from '@coatcheck/contract'
import fc from 'fast-check'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Place, sendBy, sendTo } from '../wire/ways-in.ts'
import { type Inside, openWorld, type Received, type World } from '../wire/world.ts'

const api = 'api.service.test'
const theirHost = 'theirs.service.test'
const label = { team: 'neighbours' }
const unsaid = new Set(['date', 'connection', 'keep-alive'])
let elapsedMs = 0
/** Time flies, so that nothing is answered by how often it was asked. */
const clock = { now: () => new Date(), monotonicMs: () => (elapsedMs += 1_000) }

/** What a neighbour may do; `pick` says with which of what it has. */
const acts = ['store', 'register', 'attach', 'detach', 'rotate', 'delete', 'call', 'stray', 'end', 'lockdown'] as const
type Act = (typeof acts)[number]

describe('sandboxes that share a broker', { skip: skipWithout('openssl') }, () => {
  let origin: VerifyingServer
  let world: World
  let mine: CreatedSandbox
  let inside: Inside
  let scope: (to: string) => Scope
  const [key, theirKey] = [makeCanary('sk-live-').value, makeCanary('sk-live-').value]

  before(async () => {
    const root = createTlsRoot()
    origin = await startOrigin({
      root,
      hosts: {
        [api]: [key, theirKey].map((value) => ({ scheme: 'bearer', value }) as const),
        [theirHost]: [{ scheme: 'bearer', value: theirKey }],
      },
    })
    world = await openWorld({ clock, settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
    const pin = { address: '127.0.0.1', port: origin.port }
    scope = (to) => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
    await world.client.secrets.create({ name: 'mine', value: key, scopes: [scope(api)] })
    mine = await world.client.sandboxes.create({ secrets: { KEY: 'mine' } })
    inside = await world.createSandbox({ secrets: { KEY: 'mine' } })
  })
  after(async () => {
    await world?.[Symbol.asyncDispose]()
    await origin?.close()
  })

  const placeOf = (sandbox: CreatedSandbox): Place => ({
    proxyUrl: world.broker.proxyUrl!,
    inside: { sandbox } as Inside,
  })
  const atDoor = (target: string, method = 'GET'): Promise<Received> => {
    const { hostname, port } = new URL(world.broker.proxyUrl!)
    return sendTo({ host: hostname, port }, { method }, 'localhost', `/as/${mine.id}.${mine.token}${target}`)
  }
  const bearer = (text = '') => [['Authorization', `Bearer ${text}`]] as const

  /** The neighbours of one run, and what they do. */
  function moveIn() {
    const sandboxes: CreatedSandbox[] = []
    const secrets: string[] = []
    let count = 0
    const store = async (): Promise<string> => {
      // The same host as one's own is not less private.
      const to = scope(secrets.length % 2 === 0 ? theirHost : api)
      const name = `theirs-${count++}`
      await world.client.secrets.create({ name, value: theirKey, scopes: [to] })
      secrets.push(name)
      return name
    }
    const register = async (): Promise<CreatedSandbox> => {
      const secret = secrets[0] ?? (await store())
      const sandbox = await world.client.sandboxes.create({ secrets: { THEIRS: secret }, labels: label })
      sandboxes.push(sandbox)
      return sandbox
    }
    const ask = (sandbox: CreatedSandbox, text: string | undefined, pick: number) => {
      const asking = { host: theirHost, secret: secrets[0] ?? 'none', target: '/json', headers: bearer(text) }
      return sendBy(doorWays[pick % doorWays.length]!, placeOf(sandbox), asking)
    }
    const doing: Record<Act, (pick: number) => Promise<unknown>> = {
      store,
      register,
      attach: async (pick) => world.client.sandboxes.attach(await some(pick), 'FURTHER', { secret: secrets[0] ?? '' }),
      detach: async (pick) => world.client.sandboxes.detach(await some(pick), 'THEIRS'),
      rotate: async () => world.client.secrets.rotate(secrets[0] ?? (await store()), theirKey),
      delete: async () => world.client.secrets.delete(secrets.shift() ?? ''),
      call: async (pick) => {
        const sandbox = sandboxes[0] ?? (await register())
        return ask(sandbox, sandbox.connect.env['THEIRS'], pick)
      },
      stray: async (pick) => ask(sandboxes[0] ?? (await register()), mine.connect.env['KEY'], pick),
      end: async (pick) => world.client.sandboxes.end(await some(pick)),
      lockdown: () => world.client.lockdown({ label: 'team=neighbours' }),
    }
    const some = async (pick: number): Promise<string> =>
      (sandboxes[pick % Math.max(1, sandboxes.length)] ?? (await register())).id
    return {
      // What is over, or not there yet, is refused to them; that is no business of others either.
      act: (act: Act, pick: number) => doing[act](pick).catch(() => undefined),
      async moveOut() {
        await world.client.lockdown({ label: 'team=neighbours' })
        for (const name of secrets) await world.client.secrets.delete(name)
      },
    }
  }

  /** All of an answer that says something, with what was asked for by name called `…`. */
  function textOf({ status, rawHeaders, text }: Received, named = ''): string {
    const fields = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 && !unsaid.has(name.toLowerCase()) ? [`${name}: ${rawHeaders[index + 1]}`] : [],
    )
    const whole = [status, ...fields, text].join('\n').replaceAll(/\b(exc|con|evt)_[0-9a-z]{20}\b/g, '$1_…')
    return named === '' ? whole : whole.replaceAll(named, '…').replaceAll(/^content-length: .*$/gim, '')
  }

  /** What one sandbox finds out by asking for everything that it may, and for what it may not. */
  async function look(): Promise<readonly string[]> {
    const found: string[] = []
    for (const target of ['/-/', '/-/self', '/-/ca.pem', '/-/nothing']) found.push(textOf(await atDoor(target)))
    for (const way of doorWays) {
      const asking = { host: api, secret: 'mine', target: '/json', headers: bearer(mine.connect.env['KEY']) }
      found.push(`${way.name}: ${textOf(await sendBy(way, placeOf(mine), asking))}`)
    }
    found.push(origin.requests.at(-1)!.rawHeaders.join('\n'))
    found.push(await inside.addressOf(api))
    const [theirs, nobodys] = [await lookFor('theirs-0', theirHost), await lookFor('nobody', 'nobody.service.test')]
    assert.deepEqual(theirs, nobodys, 'a name of others is answered as one that nobody has')
    return [...found, ...nobodys]
  }

  /** What it finds out about a secret and a host that are not its own. */
  async function lookFor(secret: string, host: string): Promise<readonly string[]> {
    const answers: string[] = []
    for (const headers of [[], bearer(mine.connect.env['KEY'])]) {
      for (const way of doorWays.filter(({ name }) => !/root|virtual/.test(name))) {
        const received = await sendBy(way, placeOf(mine), { host, secret, target: '/json', headers })
        answers.push(`${way.name}: ${textOf(received, way.name === 'gateway path' ? secret : host)}`)
      }
    }
    answers.push(textOf(await atDoor(`/-/self/grants/${secret.toUpperCase()}`, 'DELETE'), secret.toUpperCase()))
    answers.push(textOf(await atDoor(`/-/sandboxes/${secret}`), secret))
    answers.push(await inside.addressOf(host).catch((error: NodeJS.ErrnoException) => String(error.code)))
    return answers
  }

  test('AC-11.4: whatever others have and do, one sandbox sees the same, and can count nothing', async () => {
    const alone = await look()
    assert.ok(alone.some((text) => text.startsWith('CONNECT: 200')))
    const doings = fc.array(fc.tuple(fc.constantFrom(...acts), fc.nat(5)), { minLength: 1, maxLength: 7 })
    await fc.assert(
      fc.asyncProperty(doings, async (all) => {
        const neighbours = moveIn()
        for (const [act, pick] of all) await neighbours.act(act, pick)
        const between = await look()
        await neighbours.moveOut()
        assert.deepEqual(between, alone)
      }),
      { numRuns: 15 },
    )
    assert.deepEqual(await look(), alone)
  })
})

import assert from 'node:assert/strict'
import { findCanary } from '../../fixtures/canary.ts'
import { doorWays } from '../../wire/ways-in.ts'
import { register } from '../registered.ts'
import { injectorHost, injectors } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const names = Object.keys(injectors)
const env = (name: string) => name.toUpperCase()

interface Sending {
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly method?: string
  readonly body?: string
}

/** A request that carries a placeholder where the injector wants it. */
function sendingOf(name: string, text: string): Sending {
  const field = (header: string, value: string): Sending => ({ target: '/json', headers: [[header, value]] })
  const pair = (user: string) => `Basic ${Buffer.from(`${user}:${text}`).toString('base64')}`
  const sendings: Readonly<Record<string, Sending>> = {
    basic: field('Authorization', pair('me')),
    header: field('X-Api-Key', `Key ${text}`),
    headers: field('dd-api-key', text),
    query: { target: `/json?a=1&key=${text}`, headers: [] },
    body: {
      target: '/body',
      headers: [['Content-Type', 'application/json']],
      method: 'POST',
      body: JSON.stringify({ auth: { token: text } }),
    },
    form: {
      target: '/body',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      method: 'POST',
      body: `page=2&api_key=${text}`,
    },
    path: { target: `/bot${text}/getMe`, headers: [] },
    cookie: field('Cookie', `session=${text}`),
    placeholder: { target: `/json?token=${text}`, headers: [['X-Auth', `v=1; key=${text}`]] },
    always: { target: '/json', headers: [] },
    replacing: { target: '/json', headers: [] },
  }
  return sendings[name]!
}

/** Makes a secret for each injector, all with the value that is stored. */
async function makeSecrets({ client, services, values }: Stage): Promise<void> {
  const { good, root } = services
  const reach = { pin: { address: good.address, port: good.port }, roots: root.certificate }
  for (const name of names) {
    const scopes = [{ to: injectorHost(name), ...injectors[name]!, ...reach }]
    await client.secrets.create({ name, value: values.stored.value, scopes })
  }
}

/** Requests with the placeholder and with somebody else's credential where they do not belong. */
function misplaced(name: string, text: string, foreign: string): readonly Sending[] {
  const right = sendingOf(name, text)
  return [
    { ...right, headers: [...right.headers, ['X-Note', text]] },
    { ...right, target: `/misplaced/${text}?note=${text}` },
    { ...right, headers: [...right.headers, ['X-Other-Token', foreign]] },
    { ...right, target: `/json?access_token=${foreign}` },
    { target: '/json', headers: [['Authorization', `Bearer ${foreign}`]] },
    { target: '/json', headers: [['Cookie', `id=${foreign}`]] },
  ]
}

/** Every injector, by every way in, with what is refused of each. */
export const everyInjector: Door = {
  name: 'every injector by every way in, and what each refuses',
  once: true,
  async walk(stage) {
    await makeSecrets(stage)
    const { bodies, good } = stage.services
    const sandbox = await register(stage, { secrets: Object.fromEntries(names.map((name) => [env(name), name])) })
    const [tunnel] = doorWays
    for (const name of names) {
      const text = sandbox.sandbox.connect.env[env(name)]!
      const asking = { host: injectorHost(name), secret: name }
      const [before, bodiesBefore] = [good.requests.length, bodies.length]
      await sandbox.sendByEach({ ...asking, ...sendingOf(name, text) })
      const heads = good.requests.slice(before).map(({ target, rawHeaders }) => [target, ...rawHeaders].join('\n'))
      const arrived = ['body', 'form'].includes(name) ? bodies.slice(bodiesBefore) : heads
      assert.ok(arrived.length >= doorWays.length - 1, `${name}: ${arrived.length}`)
      for (const request of arrived)
        assert.notDeepEqual(findCanary(request, stage.values.stored), [], `${name} arrived without the value`)
      for (const sending of misplaced(name, text, stage.values.foreign.value))
        await sandbox.send(tunnel!, { ...asking, ...sending })
    }
    // The journal names what was replaced, and repeats nothing of it.
    const events = await stage.client.audit.list({ limit: 1000 })
    assert.ok(events.items.some(({ event }) => event.note?.startsWith('foreign credential replaced')))
    await stage.client.sandboxes.end(sandbox.sandbox.id)
  },
}

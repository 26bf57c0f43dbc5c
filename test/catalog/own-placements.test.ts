import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { ProviderView } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld, type World } from '../wire/world.ts'

const key = 'nobody-knows-this-form-of-a-key-0123456789'
const root = createTlsRoot()

/** Where a made-up service wants its key: the injector of its description, and the request that a client sends. */
interface Placement {
  readonly name: string
  readonly injector: string
  readonly target: (text: string) => string
  readonly headers?: (text: string) => readonly (readonly [string, string])[]
  readonly body?: (text: string) => string
}

const plain = (): string => '/v1/things?page=2'
const pair = (text: string): string => `Basic ${btoa(text)}`

const placements: readonly Placement[] = [
  {
    name: 'bearer',
    injector: '{ kind: bearer }',
    target: plain,
    headers: (text) => [['Authorization', `Bearer ${text}`]],
  },
  {
    name: 'field',
    injector: '{ kind: header, name: X-Made-Up }',
    target: plain,
    headers: (text) => [['X-Made-Up', text]],
  },
  {
    name: 'scheme',
    injector: '{ kind: header, name: Authorization, prefix: "Key token=" }',
    target: plain,
    headers: (text) => [['Authorization', `Key token=${text}`]],
  },
  {
    name: 'user',
    injector: '{ kind: basic, as: user }',
    target: plain,
    headers: (text) => [['Authorization', pair(`${text}:`)]],
  },
  {
    name: 'password',
    injector: '{ kind: basic, as: password }',
    target: plain,
    headers: (text) => [['Authorization', pair(`me@made-up.example:${text}`)]],
  },
  { name: 'query', injector: '{ kind: query, name: api_key }', target: (text) => `/v1/things?page=2&api_key=${text}` },
  {
    name: 'path',
    injector: '{ kind: path, template: "/hooks/{{ value }}/**" }',
    target: (text) => `/hooks/${text}/a/b`,
  },
  {
    name: 'cookie',
    injector: '{ kind: cookie, name: session }',
    target: plain,
    headers: (text) => [['Cookie', `session=${text}`]],
  },
  {
    name: 'member',
    injector: '{ kind: body, pointer: /auth/token }',
    target: plain,
    headers: () => [['Content-Type', 'application/json']],
    body: (text) => JSON.stringify({ auth: { token: text } }),
  },
  {
    name: 'form',
    injector: '{ kind: body, field: api_key }',
    target: plain,
    headers: () => [['Content-Type', 'application/x-www-form-urlencoded']],
    body: (text) => `page=2&api_key=${text}`,
  },
  {
    name: 'part',
    injector: '{ kind: body, field: api_token }',
    target: plain,
    headers: () => [['Content-Type', 'multipart/form-data; boundary=limit']],
    body: (text) =>
      ['page', 'api_token']
        .map((name) => `--limit\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`)
        .join('')
        .replace(text, '2')
        .concat('--limit--\r\n'),
  },
]

const hostOf = ({ name }: Placement): string => `${name}.made-up.example`

/** Of the last request. */
let arrivedBody = ''
let origin: VerifyingServer
let world: World
let coatcheck: CoatcheckCommand
before(async () => {
  origin = await startOrigin({
    root,
    hosts: Object.fromEntries(placements.map((placement) => [hostOf(placement), 'public' as const])),
    routes: ['GET', 'POST'].map((method) => ({
      method,
      path: /^/,
      async answer({ request, response }) {
        arrivedBody = await text(request)
        response.end()
      },
    })),
  })
  world = await openWorld()
  coatcheck = makeCoatcheckCommand(world.home)
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

for (const placement of placements) {
  const { name, injector, target, headers = () => [], body } = placement
  const host = hostOf(placement)
  const lines = [`id: made-up-${name}`, `variables: [MADE_UP_${name.toUpperCase()}]`, 'hosts:']
  const description = [...lines, `  - host: ${host}`, '    injectors:', `      - ${injector}`, ''].join('\n')

  test(`AC-4.1: a service that nobody knows, with its key as ${name}, takes ten lines of YAML and no code`, async () => {
    assert.ok(description.trim().split('\n').length <= 10)
    const file = join(world.home, `${name}.yaml`)
    writeFileSync(file, description)
    const { id, scopes, variables } = await coatcheck.json<ProviderView>(['provider', 'apply', file])
    const pin = { address: '127.0.0.1', port: origin.port }
    const here = scopes.map((scope) => ({ ...scope, pin, roots: root.certificate }))
    await world.client.secrets.create({ name: id, value: key, provider: id, scopes: here })
    const inside = await world.createSandbox({ secrets: { [variables[0]!]: id } })
    const placeholder = inside.placeholder(variables[0]!)
    const sent = (make: Placement['body']) => (make === undefined ? {} : { method: 'POST', body: make(placeholder) })

    const reply = await inside.send({ host, target: target(placeholder), headers: headers(placeholder), ...sent(body) })
    assert.equal(reply.status, 200, reply.text)
    const arrived = origin.requests.at(-1)!
    assert.equal(arrivedBody, body?.(key) ?? '')
    assert.equal(arrived.target, target(key))
    for (const [field, value] of headers(key))
      assert.equal(arrived.rawHeaders[arrived.rawHeaders.indexOf(field) + 1], value)

    const before = origin.requests.length
    for (const other of placements.filter((each) => each.name !== name)) {
      const headers = other.headers?.(placeholder) ?? []
      const place = { target: other.target(placeholder), headers, ...sent(other.body) }
      const { code } = await inside.send({ host, ...place })
      assert.equal(code, 'placeholder_undeclared_place', `AC-4.2: as ${other.name}`)
    }
    assert.equal(origin.requests.length, before)
    await inside.end()
  })
}

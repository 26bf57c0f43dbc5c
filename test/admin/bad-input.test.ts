import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { type Problem, problems } from '@coatcheck/contract'
import { openWorld, type World } from '../wire/world.ts'

type DocumentationModule = typeof import('../../packages/broker/src/admin/documentation.ts')
type Route = DocumentationModule['documentation'][number]

// The room is no part of what the package exports.
const admin = join(import.meta.dirname, '../../packages/broker/src/admin')
const { documentation } = (await import(join(admin, 'documentation.ts'))) as DocumentationModule

const canary = 'sk_live_BaDiNpUt0123456789abcdef'
const mebibyte = 1024 * 1024
const json = { 'content-type': 'application/json' }

interface Bad {
  readonly what: string
  readonly body: string | Buffer
  readonly headers?: Record<string, string>
}

/** Bodies that no route may take. */
const bodies: readonly Bad[] = [
  { what: 'no JSON', body: `{"name": "x", "value": "${canary}` },
  { what: 'a text', body: JSON.stringify(canary) },
  { what: 'a list', body: JSON.stringify([canary]) },
  { what: 'null', body: 'null' },
  { what: 'a number', body: '12' },
  { what: 'white space', body: ' \n ' },
  { what: 'bytes that are no text', body: Buffer.from([0xff, 0xfe, 0, 0x7b, 0x7d]) },
  { what: 'NUL bytes', body: Buffer.alloc(64) },
  { what: 'several lines of JSON', body: '{}\n{}' },
  { what: 'an unknown field', body: JSON.stringify({ [canary]: canary }) },
  { what: 'a prototype', body: `{"__proto__": {"name": "${canary}"}}` },
  { what: 'a prototype inside', body: `{"labels": {"__proto__": "${canary}"}, "scopes": [{"__proto__": 1}]}` },
  { what: 'a prototype in disguise', body: '{"\\u005f_proto__": {"all": true}}' },
  { what: 'a body that is too large', body: JSON.stringify({ value: 'x'.repeat(mebibyte) }) },
  { what: 'deep nesting', body: '['.repeat(100_000) },
  { what: 'a form', body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  { what: 'JSON that is declared as text', body: '{}', headers: { 'content-type': 'text/plain' } },
  { what: 'JSON that is not declared', body: '{}', headers: { 'content-type': '' } },
  { what: 'JSON in another charset', body: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } },
  { what: 'a compressed body', body: '{}', headers: { ...json, 'content-encoding': 'gzip' } },
]

const hostileNames = [
  'none',
  '%2e%2e',
  '%00',
  '%2F',
  '%ff',
  '%',
  '__proto__',
  'constructor',
  "x'%20OR%20'1'='1",
  '%E2%80%AE',
  'x'.repeat(4_000),
]

const queries = [
  'limit=0',
  'limit=-1',
  'limit=1.5',
  'limit=1001',
  'limit=x',
  'limit=',
  'limit=1&limit=2',
  'cursor=',
  'cursor=%00',
  "cursor='%20OR%201=1",
  `cursor=${'x'.repeat(600)}`,
  'nothing=1',
  '__proto__=1',
  'limit[]=1',
]

describe('bad input', () => {
  let world: World
  let ids: Readonly<Record<string, string>>
  let rows = ''
  before(async () => {
    world = await openWorld()
    const { client } = world
    const secret = await client.secrets.create({
      name: 'stripe',
      value: canary.replace('BaD', 'GooD'),
      provider: 'stripe',
    })
    const sandbox = await client.sandboxes.create({ name: 'agent', secrets: { STRIPE_SECRET_KEY: secret.name } })
    const token = await client.tokens.create({ name: 'ci', role: 'auditor' })
    ids = {
      secrets: 'stripe',
      sandboxes: sandbox.id,
      tokens: token.id,
      providers: 'stripe',
      grants: sandbox.grants[0]?.id ?? '',
    }
    rows = everyRow()
  })
  after(() => world[Symbol.asyncDispose]())

  function everyRow(): string {
    const database = new DatabaseSync(join(world.home, 'data', 'coatcheck.db'), { readOnly: true })
    try {
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
      return JSON.stringify(
        tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all()]),
        (_name, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value),
      )
    } finally {
      database.close()
    }
  }

  /** The path of a route for things that exist. */
  function pathOf({ path }: Route): string {
    const collection = path.split('/')[2] ?? ''
    return path.replace('{env}', 'OTHER_KEY').replace(/\{\w+\}/, ids[collection] ?? 'none')
  }

  function send(method: string, path: string, { body, headers = json }: Partial<Bad> = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const fields = Object.fromEntries(Object.entries(headers).filter(([, text]) => text !== ''))
      const sent = request({
        socketPath: world.broker.socketPath,
        method,
        path,
        headers: body === undefined ? {} : { ...fields, 'content-length': Buffer.byteLength(body) },
        agent: false,
      })
      sent.once('response', (response) => void readReply(response).then(resolve, reject))
      sent.once('error', reject)
      sent.end(body)
    })
  }

  async function expectProblem(place: string, reply: Promise<Reply>): Promise<void> {
    const { status, type, text } = await reply
    assert.ok(status >= 400 && status < 500, `${place}: ${status} ${text.slice(0, 200)}`)
    assert.equal(type, 'application/problem+json', `${place}: ${text.slice(0, 200)}`)
    const problem = JSON.parse(text) as Problem
    assert.ok(Object.hasOwn(problems, problem.code), `${place}: ${problem.code}`)
    assert.equal(problem.status, problems[problem.code].status, place)
    assert.ok(problem.detail !== '' && problem.remedy !== '' && !problem.detail.includes('\n'), place)
    assert.ok(!text.includes('BaDiNpUt'), `${place} repeats what it was sent`)
  }

  const withBody = documentation.filter(({ body }) => body !== undefined)
  for (const route of withBody) {
    test(`${route.method} ${route.path} refuses every bad body with one problem, and changes nothing`, async () => {
      for (const bad of bodies) {
        await expectProblem(`${route.path}, ${bad.what}`, send(route.method, pathOf(route), bad))
      }
      for (const field of fieldsOf(route)) {
        const body = JSON.stringify({ [field]: 12_345.5 })
        await expectProblem(`${route.path}, ${field} of another type`, send(route.method, pathOf(route), { body }))
      }
      assert.equal(everyRow(), rows)
    })
  }

  const named = documentation.filter(({ path }) => path.includes('{'))
  for (const route of named) {
    test(`${route.method} ${route.path} refuses names of nothing with one problem, and changes nothing`, async () => {
      for (const name of hostileNames) {
        const path = route.path.replace(/\{\w+\}/, name).replace(/\{\w+\}/, 'OTHER_KEY')
        const body = route.body === undefined ? {} : { body: '{}' }
        await expectProblem(`${route.method} ${path.slice(0, 80)}`, send(route.method, path, body))
      }
      assert.equal(everyRow(), rows)
    })
  }

  for (const route of documentation.filter(({ query }) => query !== undefined)) {
    test(`${route.method} ${route.path} refuses every bad query with one problem`, async () => {
      for (const query of queries) {
        await expectProblem(`${route.path}?${query.slice(0, 40)}`, send(route.method, `${pathOf(route)}?${query}`))
      }
    })
  }

  test('every route of the OpenAPI document refuses web pages, methods and fields that it does not have', async () => {
    const { text } = await send('GET', '/openapi.json')
    const { paths } = JSON.parse(text) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
    const routes = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => /^(get|put|post|delete|patch)$/.test(method))
        .map((method) => ({ method, path })),
    )
    assert.equal(routes.length, documentation.length)
    for (const { method, path } of routes) {
      const route = documentation.find((each) => each.path === path && each.method.toLowerCase() === method)
      assert.ok(route !== undefined, `${method} ${path} is tried by no test here`)
      const headers = { ...json, origin: 'https://pages.example' }
      const place = `${method} ${path}`
      await expectProblem(`${place} from a web page`, send(route.method, pathOf(route), { body: '{}', headers }))
      await expectProblem(`${place} as PROPFIND`, send('PROPFIND', pathOf(route)))
    }
    assert.equal(everyRow(), rows)
  })

  test('what exists already is refused, and changes nothing', async () => {
    const body = JSON.stringify({ name: 'stripe', value: `${canary}x`, provider: 'stripe' })
    await expectProblem('a second secret of one name', send('POST', '/v1/secrets', { body }))
    assert.equal(everyRow(), rows)
  })

  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE']) {
    test(`${method} on a list is refused with the methods that there are`, async () => {
      await expectProblem(method, send(method, '/v1/secrets'))
      assert.equal(everyRow(), rows)
    })
  }
})

interface Reply {
  readonly status: number
  readonly type: string | undefined
  readonly text: string
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const { statusCode: status = 0, headers } = response
  return { status, type: headers['content-type'], text: Buffer.concat(chunks).toString() }
}

function fieldsOf({ body }: Route): readonly string[] {
  const { shape } = body as unknown as { readonly shape?: Readonly<Record<string, unknown>> }
  return Object.keys(shape ?? {})
}

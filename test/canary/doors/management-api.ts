import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { ApiAnswer, ApiQuestion } from '../../acceptance/ask-api.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]

/** Bodies that are not what a route takes, each with the value somewhere in it. */
export const malformedBodies: Door = {
  name: 'requests to the API that cannot be read',
  once: true,
  async walk(stage) {
    const { value } = stage.values.next
    const whole = JSON.stringify({ name: 'x', value, scopes })
    const bodies: readonly unknown[] = [
      whole.slice(0, -1),
      whole.slice(0, whole.indexOf(value) + 30),
      `${whole}${value}`,
      `{"name":"x","value":"${value}\\q"}`,
      `{"value":"${value}\u0001"}`,
      value,
      JSON.stringify(value),
      [value],
      `${whole.slice(0, -1)},"more":"${'x'.repeat(1024 * 1024)}"}`,
      Buffer.from(`\u00ff${whole}`, 'latin1').toString('latin1'),
    ]
    for (const [method, path] of [
      ['POST', '/v1/secrets'],
      ['PATCH', '/v1/secrets/key'],
      ['POST', '/v1/secrets/key/rotate'],
      ['POST', '/v1/sandboxes'],
      ['POST', '/v1/audit/verification'],
    ] as const) {
      for (const body of bodies) {
        const status = await statusOrCut(stage.ask({ method, path, body }))
        assert.ok(status >= 400 && status < 500, `${status} ${method} ${path}`)
      }
    }
    for (const bytes of [
      `POST /v1/secrets HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nBad Field: ${value}\r\n\r\n`,
      `${value} /v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n`,
      `POST /v1/secrets HTTP/1.1\r\nHost: x\r\nX: ${value.repeat(400)}\r\n\r\n`,
      `POST /v1/secrets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n${whole}`,
    ]) {
      stage.hear('bytes to the API', await sendBytes(stage.broker.socketPath, bytes))
    }
  },
}

/** The status of the answer, or that of a body that is too long when the connection ended while it was being sent. */
async function statusOrCut(asking: Promise<ApiAnswer>): Promise<number> {
  try {
    return (await asking).status
  } catch (error) {
    if (!['EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return 413
  }
}

async function sendBytes(socketPath: string, bytes: string): Promise<Buffer> {
  const socket = connect(socketPath)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  socket.end(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks)
}

/** Every field, with the value in place of what belongs there. */
export const wrongFields: Door = {
  name: 'a value in a wrong field, path or query of the API',
  once: true,
  async walk(stage) {
    const { value } = stage.values.next
    const good = { name: 'x', value: stage.values.stored.value, scopes }
    const scope = (change: object) => ({ ...good, scopes: [{ ...scopes[0], ...change }] })
    const secrets: readonly object[] = [
      { ...good, name: `${value}${value}` },
      { ...good, name: `${value} ` },
      { ...good, name: '', value },
      { ...good, name: [value] },
      { ...good, [value]: 'x' },
      { ...good, [value]: value },
      { name: 'x', value, provider: value },
      { name: 'x', value },
      { name: 'x', value, scopes: [] },
      { name: 'x', value, scopes: value },
      { name: 'x', value, scopes: [value] },
      { ...good, value: [value] },
      { ...good, value: '' },
      { ...good, value: `${value}\n${value}` },
      { ...good, value: `${value}\u0007` },
      { ...good, value: value.repeat(2000) },
      { ...good, rotationDays: value },
      { ...good, weak: value },
      scope({ to: `${value}!` }),
      scope({ to: `https://${value}@api.example.com` }),
      scope({ to: `${value}://api.example.com` }),
      scope({ to: `https://api.example.com:${value}` }),
      scope({ to: `api.example.com/?key=${value}` }),
      scope({ to: `~${value}` }),
      scope({ to: `*.${value}` }),
      scope({ inject: { kind: value } }),
      scope({ inject: { kind: 'bearer', [value]: 'x' } }),
      scope({ inject: { kind: 'bearer', scheme: `${value} ` } }),
      scope({ inject: { kind: 'header', name: `${value}:` } }),
      scope({ inject: { kind: 'basic', as: value } }),
      scope({ inject: value }),
      scope({ foreign: value }),
      scope({ pin: { address: value } }),
      scope({ pin: { address: '192.0.2.1', port: value } }),
      scope({ roots: value }),
      scope({ allowPrivate: value }),
      scope({ [value]: value }),
    ]
    for (const body of secrets) await refused(stage, { method: 'POST', path: '/v1/secrets', body })
    // With the right value, but scopes that make no sense.
    for (const { scopes: given } of secrets.filter((body) => 'scopes' in body) as { scopes: unknown }[]) {
      if (given === scopes) continue
      const body = { scopes: given, value: stage.values.stored.value }
      await refused(stage, { method: 'PATCH', path: '/v1/secrets/key', body })
    }
    const sandboxes: readonly object[] = [
      { profile: value },
      { secrets: { KEY: value } },
      { secrets: { [`${value}-`]: 'key' } },
      { secrets: [value] },
      { secrets: { KEY: 'key' }, credentials: { KEY: value } },
      { credentials: { UNKNOWN_VARIABLE: value } },
      { credentials: { [`${value}-`]: value } },
      { credentials: { OPENAI_API_KEY: '' } },
      { credentials: { OPENAI_API_KEY: [value] } },
      { credentials: value },
      { name: value.repeat(2) },
      { network: { allow: [`${value}!`] } },
      { network: { deny: [`~${value}`] } },
      { network: { allow: [{ to: value, pin: { address: value } }] } },
      { ttlSeconds: value },
      { labels: { x: { value } } },
      { launch: { isolation: value } },
      { launch: { isolation: 'process', uid: value } },
      { [value]: value },
    ]
    for (const body of sandboxes) await refused(stage, { method: 'POST', path: '/v1/sandboxes', body })
    const anchor = {
      at: value,
      heads: [{ journal: value, sequence: value, hash: value }],
      publicKey: value,
      signature: value,
    }
    await refused(stage, { method: 'POST', path: '/v1/audit/verification', body: { anchors: [anchor] } })
    for (const path of [
      ...['', 'v1/', 'v1/secrets/', 'v1/sandboxes/', 'v1/providers/', 'v1/vault/', 'v1/audit/'].map(
        (prefix) => `/${prefix}${value}`,
      ),
      ...['limit', 'status', 'since', 'decision', 'follow', value].map((name) => `/v1/audit?${name}=${value}`),
      `/v1/sandboxes/${value}/lease`,
      `/v1/secrets?cursor=${value.repeat(20)}`,
      `/v1/secrets/%zz${value}`,
    ]) {
      await refused(stage, { method: 'GET', path })
    }
    for (const [method, path] of [
      ['DELETE', `/v1/secrets/${value}`],
      ['DELETE', `/v1/sandboxes/${value}`],
      ['PUT', `/v1/secrets/${value}`],
      ['POST', `/v1/secrets/${value}/rotate`],
      ['PATCH', `/v1/secrets/${value}`],
    ] as const) {
      await refused(stage, { method, path, body: { value, scopes } })
    }
    await refused(stage, { method: 'GET', path: '/v1/secrets', headers: { origin: `https://${value}` } })
    await stage.ask({
      method: 'GET',
      path: '/v1/secrets',
      headers: { authorization: `Bearer ${value}`, cookie: value },
    })
  },
}

async function refused(stage: Stage, question: ApiQuestion): Promise<void> {
  const { status, text } = await stage.ask(question)
  assert.ok(status >= 400 && status < 500, `${status} to ${question.method} ${question.path}: ${text}`)
}

/** What the API shows of secrets and sandboxes that hold the values. */
export const listsAndViews: Door = {
  name: 'lists and views of the API',
  async walk(stage) {
    const { inline } = stage.values
    const created = await stage.ask({
      method: 'POST',
      path: '/v1/sandboxes',
      body: { secrets: { KEY: 'key' }, credentials: { STRIPE_SECRET_KEY: inline.value } },
    })
    assert.equal(created.status, 201)
    const [{ id } = { id: '' }] = (await stage.client.sandboxes.list()).items.filter(
      ({ status }) => status === 'active',
    )
    for (const path of [
      ...[
        '/healthz',
        '/readyz',
        '/v1/status',
        '/v1/providers',
        '/v1/providers/stripe',
        '/v1/secrets',
        '/v1/secrets/key',
      ],
      ...[
        '/v1/sandboxes',
        `/v1/sandboxes/${id}`,
        '/v1/requests',
        '/v1/connections',
        '/v1/audit',
        '/v1/audit/verification',
      ],
    ]) {
      assert.equal((await stage.ask({ method: 'GET', path })).status, 200, path)
    }
    assert.equal((await stage.ask({ method: 'POST', path: '/v1/audit/checkpoint' })).status, 201)
    assert.equal((await stage.ask({ method: 'DELETE', path: `/v1/sandboxes/${id}` })).status, 204)
  },
}

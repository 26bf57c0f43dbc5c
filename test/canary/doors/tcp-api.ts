import assert from 'node:assert/strict'
import type { CreatedToken, TokenRole } from '@coatcheck/contract'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

interface Question {
  readonly method?: string
  readonly path: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

/** Asks over TCP; the answer is searched unless it is the one that shows a token. */
async function ask(stage: Stage, { method = 'GET', path, token, headers = {}, body }: Question, isShown = false) {
  const response = await fetch(`${stage.doors.apiUrl}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const head = JSON.stringify([...response.headers])
  stage.hear(`${method} ${path} over TCP`, isShown ? head : head + text)
  return { status: response.status, text, etag: response.headers.get('etag') }
}

async function issue(stage: Stage, role: TokenRole): Promise<CreatedToken> {
  const created = await stage.client.tokens.create({ name: role, role })
  stage.learn(created.token.slice(created.token.indexOf('.') + 1))
  return created
}

/** The management API over TCP: its tokens, repeated requests, changes under a condition, metrics and description. */
export const tcpApi: Door = {
  name: 'the management API over TCP, with tokens in right and wrong places',
  async walk(stage) {
    const [admin, auditor] = [await issue(stage, 'owner'), await issue(stage, 'auditor')]
    const { token } = admin
    const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
    const secret = { name: 'far', value: stage.values.next.value, scopes }
    const create = { method: 'POST', path: '/v1/secrets', token, headers: { 'idempotency-key': 'once' }, body: secret }
    const statuses = [
      await ask(stage, create),
      await ask(stage, create),
      await ask(stage, { ...create, body: { ...secret, value: stage.values.stored.value } }),
      await ask(stage, { ...create, headers: { 'idempotency-key': stage.values.next.value } }),
      await ask(stage, { ...create, token: auditor.token, headers: {} }),
      await ask(stage, { ...create, token: `${token}x`, headers: {} }),
    ].map(({ status }) => status)
    assert.deepEqual(statuses, [201, 201, 422, 409, 403, 401])

    const { etag } = await ask(stage, { path: '/v1/secrets/far', token })
    const narrower = { scopes: [{ ...scopes[0], to: 'api.example.com/v1' }], value: secret.value }
    const change = { method: 'PATCH', path: '/v1/secrets/far', token, body: narrower }
    for (const [ifMatch, status] of [
      [`"${secret.value}"`, 412],
      [etag ?? '', 200],
      [etag ?? '', 412],
    ] as const) {
      const answer = await ask(stage, { ...change, headers: { 'if-match': ifMatch } })
      assert.equal(answer.status, status, answer.text)
    }

    const sandbox = {
      method: 'POST',
      path: '/v1/sandboxes',
      token,
      headers: { 'idempotency-key': 'sandbox' },
      body: { secrets: { KEY: 'far' }, credentials: { STRIPE_SECRET_KEY: stage.values.inline.value } },
    }
    const [one, same] = [await ask(stage, sandbox, true), await ask(stage, sandbox, true)]
    assert.equal(one.text, same.text)
    const created = JSON.parse(one.text) as { readonly id: string; readonly token: string }
    stage.learn(created.token)

    const listing = await ask(stage, { path: '/v1/secrets?limit=1', token })
    const { cursor = '' } = JSON.parse(listing.text) as { readonly cursor?: string }
    for (const path of [
      ...['/metrics', '/openapi.json', '/healthz', '/readyz', '/v1/tokens', `/v1/tokens/${admin.id}`, '/v1/status'],
      ...['/v1/sandboxes', `/v1/sandboxes/${created.id}`, '/v1/grants', '/v1/audit?limit=1000'],
      `/v1/secrets?limit=1&cursor=${encodeURIComponent(cursor)}`,
    ]) {
      assert.equal((await ask(stage, { path, token })).status, 200, path)
    }
    await misplaceTokens(stage, token, created.token)
    for (const path of [
      `/v1/sandboxes/${created.id}`,
      '/v1/secrets/far',
      `/v1/tokens/${admin.id}`,
      `/v1/tokens/${auditor.id}`,
    ])
      assert.equal((await stage.ask({ method: 'DELETE', path })).status, 204, path)
    assert.ok([401, 429].includes((await ask(stage, { path: '/v1/status', token })).status))
  },
}

/** Both kinds of token where they do not belong. */
async function misplaceTokens(stage: Stage, token: string, sandboxToken: string): Promise<void> {
  for (const text of [token, sandboxToken]) {
    for (const question of [
      { path: `/v1/status?token=${text}` },
      { path: `/v1/${text}`, token },
      { path: `/v1/tokens/${text}`, token },
      { path: '/v1/status', headers: { cookie: `token=${text}` } },
      { path: '/v1/status', headers: { authorization: `Basic ${text}` } },
      { path: '/v1/status', headers: { 'x-api-key': text, 'proxy-authorization': text } },
      { path: '/v1/status', headers: { origin: `https://${text.toLowerCase()}.example` } },
      { method: 'POST', path: '/v1/secrets', token, body: { name: text, value: text, scopes: [{ to: text }] } },
      { method: 'POST', path: '/v1/tokens', token, body: { name: 'x', role: text } },
      { method: 'POST', path: '/v1/sandboxes', token, body: { secrets: { KEY: text } } },
    ]) {
      const { status } = await ask(stage, question)
      assert.ok(status >= 400 && status < 500, `${status} to ${question.path}`)
    }
    // A cursor is a name that need not exist.
    assert.equal((await ask(stage, { path: `/v1/secrets?cursor=${text}`, token })).status, 200)
  }
  // Guesses from one address are slowed down.
  for (const wrong of [sandboxToken, token.slice(0, -1), token.toUpperCase()])
    assert.ok([401, 429].includes((await ask(stage, { path: '/v1/secrets', token: wrong })).status))
}

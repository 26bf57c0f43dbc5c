import assert from 'node:assert/strict'
import { createClient } from '@coatcheck/sdk'
import { bearer, register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const project = 'shop'

/** Another tenant, whose secret has the name of ours, with tokens of owners and members on both sides. */
export const projects: Door = {
  name: 'projects: tokens, members, placeholders and names of one in the place of those of another',
  once: 'here',
  async walk(stage) {
    const { next } = stage.values
    await done(stage, ['project', 'create', project])
    await done(stage, ['--project', project, 'member', 'set', 'ann', '--role', 'operator'])
    const shop = stage.client.with({ project })
    const scopes = [stage.scope(goodHost)]
    await shop.secrets.create({ name: 'key', value: next.value, scopes })
    const tokens = {
      ours: await stage.client.tokens.create({ name: 'ours', role: 'owner' }),
      theirs: await shop.tokens.create({ name: 'theirs', role: 'owner' }),
      ann: await shop.tokens.create({ name: 'laptop', role: 'owner', member: 'ann' }),
    }
    for (const { token } of Object.values(tokens)) stage.learn(token.slice(token.indexOf('.') + 1))
    await crossPlaceholders(stage)
    for (const { token } of Object.values(tokens)) await askEverything(stage, token, Object.values(tokens))
    await shop.members.remove('ann')
    assert.ok(isNoGood(await asks(stage, tokens.ann.token, 'GET', '/v1/secrets')))
    const theirs = createClient({ url: stage.doors.apiUrl, token: tokens.theirs.token })
    stage.hear('the journal of a tenant', JSON.stringify(await theirs.audit.list({ limit: 1000 })))
    await refusals(stage)
    await shop.secrets.delete('key')
    for (const args of [
      ['--project', project, 'token', 'list'],
      ['project', 'delete', project],
      ['project', 'list', '--json'],
    ])
      await done(stage, args)
    await stage.client.tokens.revoke(tokens.ours.id)
    for (const { token } of Object.values(tokens)) assert.ok(isNoGood(await asks(stage, token, 'GET', '/v1/secrets')))
  },
}

/** Whether a token was refused; guesses from one address are slowed down. */
const isNoGood = (status: number): boolean => [401, 429].includes(status)

async function done(stage: Stage, args: readonly string[]): Promise<void> {
  const { code, stderr } = await stage.commandHere(args)
  assert.equal(code, 0, stderr)
}

/** Asks over TCP. @returns the status */
async function asks(stage: Stage, token: string, method: string, path: string, named?: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, ...(named !== undefined && { 'coatcheck-project': named }) }
  const answer = await fetch(`${stage.doors.apiUrl}${path}`, { method, headers })
  stage.hear(`${method} ${path} of a project`, JSON.stringify([...answer.headers]) + (await answer.text()))
  return answer.status
}

/** The placeholder of each tenant in the sandbox of the other. */
async function crossPlaceholders(stage: Stage): Promise<void> {
  const shop = stage.client.with({ project })
  const [ours, theirs] = [
    await register(stage, { secrets: { KEY: 'key' } }),
    await register(stage, { secrets: { KEY: 'key' } }, shop),
  ]
  for (const [sandbox, other] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const asking = { host: goodHost, secret: 'key', target: '/json' }
    // Ours is what the service wants, theirs another.
    const [own] = await sandbox.sendByEach({ ...asking, headers: [bearer(sandbox)] })
    assert.equal(own?.status, sandbox === ours ? 200 : 401)
    await sandbox.sendByEach({ ...asking, headers: [bearer(other)] })
  }
  await stage.client.sandboxes.end(ours.sandbox.id)
  await shop.sandboxes.end(theirs.sandbox.id)
}

/** Everything that a token may look at, and the tokens of others where names and projects belong. */
async function askEverything(
  stage: Stage,
  token: string,
  all: readonly { readonly id: string; readonly token: string }[],
): Promise<void> {
  for (const path of ['/v1/secrets/key', '/v1/members', '/v1/projects', '/v1/tokens', '/v1/status', '/v1/usage'])
    await asks(stage, token, 'GET', path)
  for (const other of all) {
    await asks(stage, token, 'GET', `/v1/tokens/${other.id}`)
    const status = await asks(stage, token, 'DELETE', `/v1/members/${other.token.replace('.', '')}`, other.token)
    assert.ok(status >= 400 && status < 500, String(status))
  }
}

/** A value where the name of a project or a member belongs. */
async function refusals(stage: Stage): Promise<void> {
  const { value } = stage.values.next
  for (const question of [
    { method: 'POST', path: '/v1/projects', body: { name: value } },
    { method: 'GET', path: `/v1/projects/${value}` },
    { method: 'PUT', path: `/v1/members/${value}`, body: { role: value } },
    { method: 'PUT', path: `/v1/members/${value}%00`, body: { role: 'owner' } },
    { method: 'POST', path: '/v1/tokens', body: { name: 'x', role: 'owner', member: value } },
    { method: 'GET', path: '/v1/secrets', headers: { 'coatcheck-project': value } },
  ]) {
    const { status, text } = await stage.ask(question)
    assert.ok(status >= 400 && status < 500, text)
  }
}

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { InjectorSpec } from '@coatcheck/contract'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { openTokenScene, type TokenScene } from './token-scene.ts'
import { proxyAuthorization, sendTo } from './ways-in.ts'

const storage = 'storage.googleapis.com'
const run = 'run.googleapis.com'
const oauth = 'oauth2.googleapis.com'
const metadata = 'metadata.google.internal'
const email = 'robot@a-project.iam.gserviceaccount.com'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const realKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const realKeyLine = realKey.split('\n')[3]!
const value = JSON.stringify({
  type: 'service_account',
  project_id: 'a-project',
  private_key_id: 'real-key-id',
  private_key: realKey,
  client_email: email,
  token_uri: `https://${oauth}/token`,
})
const issuers = { [email]: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString() }
const readOnly = 'https://www.googleapis.com/auth/devstorage.read_only'
const access: InjectorSpec = { kind: 'gcp-service-account', oauthScopes: [readOnly] }
const audience = 'https://a-service.example'
const identity: InjectorSpec = { kind: 'gcp-service-account', audience }

function openScene(inject: InjectorSpec): Promise<TokenScene> {
  return openTokenScene({ inject, value, issuers, hosts: [storage, run, oauth] })
}

function askOwn(scene: TokenScene, host: string, target: string, fields: readonly string[] = []) {
  const { hostname, port } = new URL(scene.place.proxyUrl)
  const all = ['Proxy-Authorization', proxyAuthorization(scene.place.inside.sandbox), ...fields]
  return sendTo({ host: hostname, port }, {}, host, `http://${host}${target}`, all)
}

/** Runs Google’s own library in a process that knows the sandbox’s proxy and authority, and nothing else. */
async function runClient(scene: TokenScene, env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  using folder = makeTemporaryHome()
  const { sandbox } = scene.place.inside
  const ca = join(folder.path, 'ca.pem')
  writeFileSync(ca, sandbox.connect.ca)
  const proxy = new URL(scene.place.proxyUrl)
  proxy.username = sandbox.id
  proxy.password = sandbox.token
  const script = join(import.meta.dirname, 'google-client.child.ts')
  const files = Object.entries(env).filter(([name]) => name === 'KEY_FILE')
  for (const [, content] of files) writeFileSync(join(folder.path, 'key.json'), content)
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
    timeout: 30_000,
    env: {
      HTTPS_PROXY: proxy.href,
      HTTP_PROXY: proxy.href,
      NODE_EXTRA_CA_CERTS: ca,
      HOME: folder.path,
      ...(files.length > 0 ? { GOOGLE_APPLICATION_CREDENTIALS: join(folder.path, 'key.json') } : env),
    },
  })
  return JSON.parse(stdout) as { readonly status: number; readonly data: unknown }
}

test('AC-5.4: google-auth-library works with the key file of a placeholder, and only the broker signs with the real key', async () => {
  await using scene = await openScene(access)
  const { status, text } = await askOwn(scene, 'coatcheck.internal', '/self/grants/KEY/key-file')
  assert.equal(status, 200, text)
  const file = JSON.parse(text)
  assert.deepEqual([file.type, file.project_id, file.client_email], ['service_account', 'a-project', email])
  assert.ok(!text.includes(realKeyLine) && !text.includes('real-key-id'))
  assert.deepEqual(await runClient(scene, { KEY_FILE: text }), { status: 200, data: { ok: true } })
  const { asked } = scene.service
  assert.equal(asked.length, 1)
  assert.equal(asked[0]!.host, oauth)
  const claims = JSON.parse(Buffer.from(asked[0]!.form['assertion']!.split('.')[1]!, 'base64url').toString())
  assert.deepEqual([claims.iss, claims.scope, claims.aud], [email, readOnly, `https://${oauth}/token`])
  assert.ok(!JSON.stringify(await scene.world.events()).includes(realKeyLine))
})

test('AC-5.4: google-auth-library works with the metadata server that the broker answers for', async () => {
  await using scene = await openScene(access)
  const env = { METADATA_SERVER_DETECTION: 'assume-present', GCE_METADATA_HOST: metadata }
  assert.deepEqual(await runClient(scene, env), { status: 200, data: { ok: true } })
  assert.equal(scene.service.asked.length, 1)
})

test('AC-5.4: google-auth-library gets ID tokens from the metadata server', async () => {
  await using scene = await openScene(identity)
  const env = { METADATA_SERVER_DETECTION: 'assume-present', GCE_METADATA_HOST: metadata }
  assert.deepEqual(await runClient(scene, env, [audience]), { status: 200, data: { ok: true } })
  const [asked] = scene.service.asked
  const claims = JSON.parse(Buffer.from(asked!.form['assertion']!.split('.')[1]!, 'base64url').toString())
  assert.equal(claims.target_audience, audience)
})

test('SEC-12: the metadata server says nothing without its field, and gives no token of another audience', async () => {
  await using scene = await openScene(identity)
  const start = '/computeMetadata/v1/instance/service-accounts/default'
  const flavor = ['Metadata-Flavor', 'Google']
  const cases = [
    [`${start}/identity?audience=${encodeURIComponent(audience)}`, [], 403],
    [`${start}/identity?audience=https://other.example`, flavor, 404],
    [`${start}/identity`, flavor, 404],
    [`${start}/token`, flavor, 404],
    ['/computeMetadata/v1/instance/service-accounts/other/token', flavor, 404],
    ['/computeMetadata/v1/project/attributes/ssh-keys', flavor, 404],
    [`${start}/email`, flavor, 200],
  ] as const
  for (const [target, fields, status] of cases) {
    const answer = await askOwn(scene, metadata, target, fields)
    assert.equal(answer.status, status, target)
    assert.ok(!answer.text.includes(scene.placeholder))
  }
  assert.deepEqual([scene.service.asked, scene.service.called], [[], []])
})

test('G1, AC-6.4: a rule that denies the metadata server denies it, and a list that does not allow it lets it answer', async () => {
  await using scene = await openScene(access)
  const token = '/computeMetadata/v1/instance/service-accounts/default/token'
  const ask = () => askOwn(scene, metadata, token, ['Metadata-Flavor', 'Google'])
  const { secrets } = scene.world.client
  await secrets.update('key', { rules: { default: 'deny', rules: [] } })
  assert.equal(JSON.parse((await ask()).text).access_token, scene.placeholder)
  await secrets.update('key', { rules: { default: 'deny', rules: [{ effect: 'deny', hosts: [metadata] }] } })
  const refused = await ask()
  assert.deepEqual([refused.status, refused.code], [403, 'rule_denied'])
  const email = await askOwn(scene, metadata, token.replace('token', 'email'), ['Metadata-Flavor', 'Google'])
  assert.equal(email.status, 200, 'nothing of the secret is in it, and its list is not asked')
})

test('SEC-15: without a service account of Google there is no metadata server', async () => {
  await using scene = await openTokenScene()
  const answer = await askOwn(scene, metadata, '/computeMetadata/v1/instance/service-accounts/default/token', [
    'Metadata-Flavor',
    'Google',
  ])
  assert.equal(answer.code, 'destination_denied')
  assert.equal((await askOwn(scene, 'coatcheck.internal', '/self/grants/KEY/key-file')).code, 'not_found')
})

test('SEC-15: a key file that names another token endpoint is refused when it is saved', async () => {
  await using scene = await openScene(access)
  const { client } = scene.world
  for (const change of [
    { token_uri: 'https://evil.example/token' },
    { type: 'authorized_user' },
    { private_key: 'x' },
  ]) {
    const wrong = JSON.stringify({ ...JSON.parse(value), ...change })
    await assert.rejects(client.secrets.rotate('key', wrong), { code: 'secret_unusable' })
  }
})

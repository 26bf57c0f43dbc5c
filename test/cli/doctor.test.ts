import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { findProvider, scopesOf } from '@coatcheck/catalog'
import type { Scope } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import { startServe } from '../acceptance/serving-broker.ts'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { startOrigin } from '../fixtures/origin.ts'
import type { Route } from '../fixtures/origin-routes.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { faultOfSignature } from '../fixtures/signed-request.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'

interface Examination {
  readonly findings: readonly { readonly check: string; readonly status: string; readonly says: string }[]
  readonly verdict: string
  readonly says: string
}

const good = makeCanary('sk-proj-')
const bad = makeCanary('sk_live_')
const skip = skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'curl', 'git', '/usr/bin/python3')
const skipWithoutRoot = skip || (process.getuid?.() === 0 ? false : 'only root can hide a program of the host')

describe('coatcheck doctor', () => {
  let home: TemporaryHome
  let coatcheck: CoatcheckCommand
  before(() => {
    home = makeTemporaryHome()
    coatcheck = makeCoatcheckCommand(home.path)
  })
  after(() => home[Symbol.dispose]())

  const statusOf = ({ findings }: Examination, check: string) => findings.find((each) => each.check === check)?.status

  test('N10, AC-8.3: on a host that can fence, a sandbox cannot bypass the broker, and clients trust it', {
    skip,
  }, async () => {
    const { code, stdout, stderr } = await coatcheck.run(['doctor', '--json'])
    const examination = JSON.parse(stdout) as Examination
    assert.equal(code, 0, stdout + stderr)
    assert.equal(examination.verdict, 'fenced')
    assert.match(examination.says, /^The sandbox cannot bypass the broker/)
    for (const client of ['curl', 'git', 'node', 'python3'])
      assert.equal(statusOf(examination, `trust: ${client}`), 'ok')
    for (const check of ['vault', 'journal', 'listeners', 'clock', 'secrets', 'fence', 'names']) {
      assert.equal(statusOf(examination, check), 'ok', check)
    }
    const left = await coatcheck.json<{ items: readonly { status: string }[] }>(['sandbox', 'list'])
    assert.ok(JSON.stringify(left).includes('"active"') === false)
  })

  test('N10: for a person, the last line is the sentence to rely on', { skip }, async () => {
    const { stdout } = await coatcheck.run(['doctor'])
    assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /^The sandbox cannot bypass the broker/)
  })

  test('N10: on a host that cannot fence it says so, with the reason, and ends with an error', {
    skip: skipWithoutRoot,
  }, async () => {
    const hidden = 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"'
    const command = ['/usr/bin/unshare', '--mount', 'sh', '-c', hidden, 'sh', ...coatcheck.argv, 'doctor', '--json']
    const { code, stdout } = await runToEnd(command, { cwd: home.path, env: coatcheck.env })
    const examination = JSON.parse(stdout) as Examination
    assert.equal(code, 1)
    assert.equal(statusOf(examination, 'fence'), 'failed')
    assert.match(
      examination.says,
      /^Advisory only: .* because this host cannot fence a sandbox\. The program bwrap is missing/,
    )
  })

  test('AC-8.3: online, the provider says whether it accepts a secret, which no process inside ever had', {
    skip,
  }, async () => {
    const root = createTlsRoot()
    const [openai, anthropic] = ['api.openai.com', 'api.anthropic.com']
    await using origin = await startOrigin({
      root,
      hosts: {
        [openai]: [{ scheme: 'bearer', value: good.value }],
        [anthropic]: [{ scheme: 'bearer', value: 'another' }],
      },
    })
    const caller = { uid: 0, home: home.path, folder: home.path, coatcheck, [Symbol.dispose]() {} }
    await using serving = await startServe(caller)
    const client = createClient({ socketPath: serving.socketPath })
    const scope = (to: string): Scope => ({
      to,
      inject: { kind: 'bearer' },
      pin: { address: '127.0.0.1', port: origin.port },
      roots: root.certificate,
    })
    await client.secrets.create({ name: 'good', value: good.value, provider: 'openai', scopes: [scope(openai)] })
    await client.secrets.create({ name: 'bad', value: bad.value, provider: 'anthropic', scopes: [scope(anthropic)] })
    await client.secrets.create({ name: 'own', value: bad.value, scopes: [scope('own.example')] })
    const one = JSON.parse((await coatcheck.run(['doctor', '--online', '--secret', 'good', '--json'])).stdout)
    assert.deepEqual([statusOf(one, 'vendor: good'), statusOf(one, 'vendor: bad')], ['ok', undefined])
    assert.equal(one.verdict, 'fenced')
    const own = JSON.parse((await coatcheck.run(['doctor', '--online', '--secret', 'own', '--json'])).stdout)
    assert.equal(statusOf(own, 'vendor: own'), 'skipped')
    assert.ok(origin.requests.every(({ host }) => host === openai))
    const { code, stdout } = await coatcheck.run(['doctor', '--online', '--json'])
    const examination = JSON.parse(stdout) as Examination
    assert.deepEqual([statusOf(examination, 'vendor: good'), statusOf(examination, 'vendor: bad')], ['ok', 'failed'])
    assert.equal(statusOf(examination, 'vendor: own'), undefined)
    assert.deepEqual([code, examination.verdict], [1, 'fenced'])
    assert.ok(origin.requests.some(({ host, accepted }) => host === openai && accepted))
    assert.ok(!stdout.includes(good.value) && !stdout.includes(bad.value))
  })

  test('AC-8.3: online, secrets whose user, workspace or signature is the customer’s own are tried at services that verify them', {
    skip,
  }, async () => {
    const root = createTlsRoot()
    const pair = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: good.value.padEnd(40, 'x').slice(0, 40) }
    const basic = (username: string) => [{ scheme: 'basic' as const, value: good.value, username }]
    const json =
      (body: object, status = 200): Route['answer'] =>
      ({ response }) =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const signed =
      (accepts: string): Route['answer'] =>
      async ({ request, response }) => {
        const { method = '', url: target = '', rawHeaders } = request
        const body = Buffer.from(await text(request))
        const fault = faultOfSignature({ method, target, rawHeaders, body }, pair)
        const [status, said] = fault === undefined ? [accepts === 'AccessDenied' ? 403 : 200, accepts] : [403, fault]
        response.writeHead(status, { 'content-type': 'text/xml' }).end(`<Code>${said}</Code>`)
      }
    await using origin = await startOrigin({
      root,
      hosts: {
        'api.bitbucket.org': basic('me@acme.example'),
        'verify.twilio.com': basic('SK1'),
        'us.cloud.langfuse.com': basic('pk-lf-1'),
        'cloud.langfuse.com': [{ scheme: 'basic', value: 'of another region', username: 'pk-lf-1' }],
        'auth.docker.io': basic('acme'),
        'adb-1.2.azuredatabricks.net': [{ scheme: 'bearer', value: good.value }],
        's3.amazonaws.com': 'public',
        'sts.eu-central-1.amazonaws.com': 'public',
      },
      routes: [
        { method: 'GET', path: /^\/2\.0\/user$/, answer: json({}) },
        { method: 'GET', path: /^\/v2\/Services$/, answer: json({}) },
        { method: 'GET', path: /^\/api\/public\/projects$/, answer: json({}) },
        { method: 'GET', path: /^\/token$/, answer: json({ token: 'a-token-of-some-length', expires_in: 300 }) },
        { method: 'GET', path: /^\/api\/2\.0\/preview\/scim\/v2\/Me$/, answer: json({}) },
        { method: 'GET', path: /^\/$/, answer: signed('AccessDenied') },
        { method: 'POST', path: /^\/$/, answer: signed('GetCallerIdentityResponse') },
      ],
    })
    const caller = { uid: 0, home: home.path, folder: home.path, coatcheck, [Symbol.dispose]() {} }
    await using serving = await startServe(caller)
    const client = createClient({ socketPath: serving.socketPath })
    const store = (name: string, provider: string, value: string, own: readonly Scope[] = []) => {
      const pin = { address: '127.0.0.1', port: origin.port }
      const known = own.length > 0 ? own : scopesOf(findProvider(provider)!)
      const scopes = known.map((scope) => ({ ...scope, pin, roots: root.certificate }))
      return client.secrets.create({ name, value, provider, scopes })
    }
    const workspace: Scope = { to: 'adb-1.2.azuredatabricks.net', inject: { kind: 'bearer' } }
    const identity: Scope = { to: 'sts.eu-central-1.amazonaws.com', inject: { kind: 'sigv4', services: ['sts'] } }
    const storage: Scope = { to: 's3.amazonaws.com', inject: { kind: 'sigv4', services: ['s3'] } }
    for (const name of ['bitbucket', 'twilio', 'langfuse']) {
      await store(`${name}-good`, name, good.value)
      await store(`${name}-bad`, name, bad.value)
    }
    const [hub] = scopesOf(findProvider('dockerhub')!)
    // The second one says how the token service is dialled here.
    const images = [hub!, { ...hub!, to: 'auth.docker.io' }]
    await store('dockerhub-good', 'dockerhub', good.value, images)
    await store('dockerhub-bad', 'dockerhub', bad.value, images)
    await store('databricks-good', 'databricks', good.value, [workspace])
    await store('databricks-bad', 'databricks', bad.value, [workspace])
    const wrong = { ...pair, secretAccessKey: bad.value.padEnd(40, 'x').slice(0, 40) }
    for (const [name, scope] of [
      ['sts', identity],
      ['s3', storage],
    ] as const) {
      await store(`${name}-good`, 'aws', JSON.stringify(pair), [scope])
      await store(`${name}-bad`, 'aws', JSON.stringify(wrong), [scope])
    }
    const env = {
      ...process.env,
      BITBUCKET_EMAIL: 'me@acme.example',
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_API_KEY: 'SK1',
      LANGFUSE_PUBLIC_KEY: 'pk-lf-1',
      DOCKERHUB_USERNAME: 'acme',
    }
    const { stdout, stderr } = await coatcheck.run(['doctor', '--online', '--json'], { env })
    const examination = JSON.parse(stdout) as Examination
    for (const name of ['bitbucket', 'twilio', 'langfuse', 'dockerhub', 'databricks', 'sts', 's3']) {
      const says = examination.findings.filter(({ check }) => check.includes(name))
      const found = [statusOf(examination, `vendor: ${name}-good`), statusOf(examination, `vendor: ${name}-bad`)]
      assert.deepEqual(found, ['ok', 'failed'], JSON.stringify(says) + stderr)
    }
    for (const canary of [good, bad]) assert.ok(!stdout.includes(canary.value))
    const alone = await coatcheck.run(['doctor', '--online', '--secret', 'bitbucket-good', '--json'])
    assert.equal(statusOf(JSON.parse(alone.stdout) as Examination, 'vendor: bitbucket-good'), 'skipped')
  })
})

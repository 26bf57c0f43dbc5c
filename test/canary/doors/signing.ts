import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { presign, signInField } from '../../fixtures/sign-request.ts'
import { makeSignedStorage } from '../../fixtures/signed-storage.ts'
import { startVerifyingServer } from '../../fixtures/verifying-server.ts'
import { doorWays } from '../../wire/ways-in.ts'
import { register } from '../registered.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const storageHost = 's3.signing.test'
const hookHost = 'hook.signing.test'
const accessKeyId = 'AKIAREALREALREALREAL'

/** Keys that sign, and never travel. */
export const signingKeys: Door = {
  name: 'keys that sign requests, for a storage and for a service with signatures of its own',
  once: true,
  async walk(stage) {
    const secretAccessKey = stage.values.stored.value.slice(-40)
    const storage = makeSignedStorage([{ accessKeyId, secretAccessKey }])
    const signatures: (string | undefined)[] = []
    await using service = await startVerifyingServer({
      root: stage.services.root,
      hosts: { [storageHost]: 'public', [hookHost]: 'public' },
      async answer(request, response, host) {
        if (host === storageHost) return storage.answer(request, response)
        signatures.push(request.headersDistinct['x-sign']?.[0])
        response.end(JSON.stringify(request.rawHeaders))
      },
    })
    const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: stage.services.root.certificate }
    await stage.client.secrets.create({
      name: 'signer',
      value: JSON.stringify({ accessKeyId, secretAccessKey }),
      scopes: [{ to: storageHost, inject: { kind: 'sigv4', services: ['s3'] }, ...reach }],
    })
    await stage.client.secrets.create({
      name: 'hook',
      value: stage.values.stored.value,
      scopes: [
        { to: hookHost, inject: { kind: 'hmac', header: 'X-Sign', message: '{{ method }}{{ target }}' }, ...reach },
      ],
    })
    await stores(stage, storage.faults)
    await signs(stage, signatures)
    for (const name of ['signer', 'hook']) await stage.client.secrets.delete(name)
  },
}

async function stores(stage: Stage, faults: readonly string[]): Promise<void> {
  const sandbox = await register(stage, { secrets: { AWS: 'signer' } })
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: key = '' } = sandbox.sandbox.connect.env
  const pair = { accessKeyId: id, secretAccessKey: key }
  const put = { host: storageHost, method: 'PUT', target: '/attic/coat', body: 'a coat' }
  const get = { host: storageHost, target: '/attic/coat' }
  const answers = [
    await sandbox.send(doorWays[0]!, { ...put, secret: 'signer', headers: signInField(put, pair) }),
    await sandbox.send(doorWays[0]!, { ...get, secret: 'signer', headers: signInField(get, pair) }),
    await sandbox.send(doorWays[0]!, { host: storageHost, secret: 'signer', target: presign(get, pair) }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
    faults.join('\n'),
  )
  for (const wrong of [
    { ...pair, secretAccessKey: stage.values.foreign.value.slice(-40) },
    { ...pair, accessKeyId: 'AKIAFOREIGNFOREIGN00' },
    { accessKeyId, secretAccessKey: key },
  ])
    await sandbox.sendByEach({ ...get, secret: 'signer', headers: signInField(get, wrong) })
  await stage.client.sandboxes.end(sandbox.sandbox.id)
}

async function signs(stage: Stage, signatures: readonly (string | undefined)[]): Promise<void> {
  const sandbox = await register(stage, { secrets: { HOOK: 'hook' } })
  const target = '/events?of=today'
  const made = (key: string): string => createHmac('sha256', key).update(`GET${target}`).digest('hex')
  for (const key of [sandbox.sandbox.connect.env['HOOK']!, stage.values.foreign.value])
    await sandbox.sendByEach({ host: hookHost, secret: 'hook', target, headers: [['X-Sign', made(key)]] })
  assert.ok(signatures.length >= doorWays.length - 1)
  assert.deepEqual([...new Set(signatures)], [made(stage.values.stored.value)])
  await stage.client.sandboxes.end(sandbox.sandbox.id)
}

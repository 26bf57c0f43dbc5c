import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { makeSignedStorage } from '../fixtures/signed-storage.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld } from './world.ts'

const script = join(import.meta.dirname, '..', 'clients', 'inside', 'boto3-signed.py')
const keys = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(4) }
const hosts = ['s3.service.test', 'dynamodb.service.test', 'sts.service.test']

test('AC-14.1: boto3 puts, gets, uploads in parts, presigns, and calls services whose bodies it only signs', {
  skip: !hasBoto3() && 'boto3 is not here',
}, async () => {
  const root = createTlsRoot()
  const storage = makeSignedStorage([keys])
  const open = Object.fromEntries(hosts.map((host) => [host, 'public' as const]))
  await using origin = await startVerifyingServer({ root, hosts: open, answer: storage.answer })
  await using world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = hosts.map((to) => ({ to, inject: { kind: 'sigv4', services: [to.split('.')[0]!] }, ...reach }))
  await world.client.secrets.create({ name: 'aws', value: JSON.stringify(keys), scopes })
  const sandbox = await world.client.sandboxes.create({ secrets: { AWS: 'aws' }, from: ['127.0.0.1'] })
  const proxy = new URL(world.broker.proxyUrl!)
  proxy.username = sandbox.id
  proxy.password = sandbox.token
  const bundle = join(world.home, 'bundle.pem')
  writeFileSync(bundle, sandbox.connect.ca)
  const { stdout } = await promisify(execFile)('python3', [script], {
    env: {
      ...{ PATH: process.env['PATH'], HOME: world.home, AWS_DEFAULT_REGION: 'eu-central-1' },
      ...{ HTTPS_PROXY: proxy.href, AWS_CA_BUNDLE: bundle, SSL_CERT_FILE: bundle },
      ...sandbox.connect.env,
    },
    timeout: 60_000,
  }).catch((error: { stderr: string }) => assert.fail(`${error.stderr} ${storage.faults}`))
  const body = 'body of it'
  const others = ['large', '"2"', 'signature_unsupported', body, "['shop']", '1234', 'True']
  assert.deepEqual(stdout.trim().split('\n'), [body, body, body, ...others])
  assert.deepEqual(storage.faults, [])
})

function hasBoto3(): boolean {
  try {
    execFileSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

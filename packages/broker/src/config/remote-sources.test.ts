import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsParameterSource } from '../sources/kinds/aws-parameter-source.ts'
import { awsSecretSource } from '../sources/kinds/aws-secret-source.ts'
import { gcpSecretSource } from '../sources/kinds/gcp-secret-source.ts'
import { onePasswordSource } from '../sources/kinds/one-password-source.ts'
import { vaultSource } from '../sources/kinds/vault-source.ts'
import { type SourceScene, testSource } from '../sources/source.suite.ts'
import type { SourceKind, SourceParts } from '../sources/source-kind.ts'
import { DirectUpstream } from '../upstream/direct-upstream.ts'
import { dialControl } from './dial-control.ts'
import {
  accepted,
  gcpApi,
  onePasswordApi,
  onePasswordIds,
  parameterApi,
  type SecretApi,
  secretsManagerApi,
  startSecretService,
  vaultApi,
} from './fake-secret-services.suite.ts'

const never = new AbortController().signal
const token = { kind: 'env', variable: 'TOKEN' } as const
const credentials = { kind: 'env', variable: 'AWS' } as const

/** Every name leads to the metadata service of the machine. */
const toMetadata = new DirectUpstream({ resolver: { resolve: async () => ['169.254.169.254'] } })

const parts: SourceParts = {
  clock: { now: () => new Date() },
  dial: dialControl(toMetadata, undefined),
  homeFolder: '/nonexistent',
  variables: new Map([
    ['TOKEN', `${accepted.token}\n`],
    ['AWS', JSON.stringify(accepted.aws)],
    ['OTHER', 'another-token-0123456789'],
  ]),
}

/** Kinds that ask a service, with the options that ask its stand-in. */
const remote: readonly (readonly [SourceKind, SecretApi, (url: string) => object, takesBytes: boolean])[] = [
  [
    vaultSource,
    vaultApi,
    (url) => ({ url, mount: 'kv', path: 'apps/stripe live', field: 'key', namespace: 'team', token }),
    false,
  ],
  [
    awsSecretSource,
    secretsManagerApi,
    (url) => ({ url, region: 'eu-west-1', secretId: 'prod/stripe', credentials }),
    true,
  ],
  [
    awsParameterSource,
    parameterApi,
    (url) => ({ url, region: 'eu-west-1', name: '/prod/stripe', field: 'key', credentials }),
    false,
  ],
  [gcpSecretSource, gcpApi, (url) => ({ url, project: 'acme', secret: 'stripe', token }), true],
  [onePasswordSource, onePasswordApi, (url) => ({ url, ...onePasswordIds, token }), false],
]

for (const [kind, api, options, takesBytes] of remote) {
  testSource(kind.kind, async (value): Promise<SourceScene> => {
    const service = await startSecretService(api, value)
    const { put, stall, deny } = service
    const source = kind.open(options(service.url), parts)
    return { source, put, stall, deny, takesBytes, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
  })

  test(`${kind.kind}: another credential than the operator’s is denied`, async () => {
    await using service = await startSecretService(api, Buffer.from('value'))
    const other = { kind: 'env', variable: 'OTHER' }
    const written = { ...options(service.url), ...('token' in options('') ? { token: other } : { credentials: other }) }
    await assert.rejects(kind.open(written, parts).read(never), {
      code: 'source_unavailable',
      message: /denied|not JSON/,
    })
  })

  test(`R-112: ${kind.kind} follows no redirect, and its credential is seen nowhere else`, async () => {
    await using elsewhere = await startSecretService(api, Buffer.from('a value of somebody else'))
    await using service = await startSecretService(api, Buffer.from('value'))
    const source = kind.open(options(service.url), parts)
    for (const [index, status] of [301, 302, 303, 307, 308].entries()) {
      service.redirect(status, elsewhere.url)
      await assert.rejects(source.read(never), { code: 'source_unavailable' }, `${status}`)
      assert.deepEqual([service.count, elsewhere.count], [index + 1, 0], `${status}`)
    }
  })

  test(`SEC-15: ${kind.kind} asks nobody over clear text off this machine, and no metadata service`, async () => {
    for (const url of [
      'http://vault.example',
      'http://10.0.0.1',
      'ftp://127.0.0.1',
      'https://user:pw@vault.example',
      'x',
    ])
      assert.equal(kind.options.safeParse(options(url)).success, false, url)
    const source = kind.open(options('https://vault.example'), parts)
    await assert.rejects(source.read(never), { code: 'destination_ip_prohibited' })
    await assert.rejects(kind.open(options('https://169.254.169.254'), parts).read(never), {
      code: 'destination_ip_prohibited',
    })
  })

  test(`${kind.kind}: its credential is a source on this machine, and nothing else`, () => {
    const name = 'token' in options('') ? 'token' : 'credentials'
    for (const wrong of ['a-token', { kind: 'vault' }, { kind: 'env' }, { kind: 'exec', command: ['pass'] }, null])
      assert.equal(kind.options.safeParse({ ...options('https://vault.example'), [name]: wrong }).success, false)
    assert.deepEqual(kind.variablesOf(options('https://vault.example')), [name === 'token' ? 'TOKEN' : 'AWS'])
  })
}

test('SEC-15: a source does not lead to a door of the broker itself', async () => {
  await using service = await startSecretService(vaultApi, Buffer.from('value'))
  const ownEndpoints = [{ address: '127.0.0.1', port: Number(new URL(service.url).port) }]
  const upstream = new DirectUpstream({ resolver: { resolve: async () => [] }, ownEndpoints })
  const options = { url: service.url, path: 'x', field: 'key', token }
  const source = vaultSource.open(options, { ...parts, dial: dialControl(upstream, undefined) })
  await assert.rejects(source.read(never), { code: 'destination_ip_prohibited' })
  assert.equal(service.count, 0)
})

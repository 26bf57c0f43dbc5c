import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { WrittenQuestion } from '../derivation.ts'
import { awsSession } from './aws-session.ts'

const pair = { accessKeyId: 'AKIDEXAMPLEEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const policy = '{"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
const role = 'arn:aws:iam::123456789012:role/team/agents'
const spec: InjectorSpec = { kind: 'aws-session', region: 'eu-central-1', role, policy }
const prepare = (further: object = {}) => awsSession.prepare({ ...spec, ...further })
const bytes = (value: object) => Buffer.from(JSON.stringify(value))
const isProblem = (code: CoatcheckError['code']) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === code

function ask(further: object, holder?: string): WrittenQuestion {
  const at = new Date('2026-11-23T10:00:00Z')
  return prepare(further).derivation!.ask(bytes(pair), at, holder) as WrittenQuestion
}

test('G7: the region’s own STS is asked, over the whole of what the scope says, and the question is signed', () => {
  const { endpoint } = prepare().derivation!
  assert.deepEqual(endpoint, {
    destination: { scheme: 'https', host: 'sts.eu-central-1.amazonaws.com', port: 443 },
    path: '/',
  })
  assert.equal(
    prepare({ region: 'cn-north-1' }).derivation!.endpoint.destination.host,
    'sts.cn-north-1.amazonaws.com.cn',
  )
  const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const { body, fields } = ask({ policyArns: [arn], externalId: 'x-1', seconds: '1200' }, 'grt_1')
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    DurationSeconds: '1200',
    RoleArn: role,
    ExternalId: 'x-1',
    Policy: policy,
    'PolicyArns.member.1.arn': arn,
    RoleSessionName: 'coatcheck-grt_1',
  })
  assert.match(
    fields['authorization']!,
    /^AWS4-HMAC-SHA256 Credential=AKID\w+\/20261123\/eu-central-1\/sts\/aws4_request,/,
  )
  assert.equal(fields['Accept'], 'text/xml')
})

test('the longest name of a grant is cut to what the service takes', () => {
  const holder = `grt_${'x'.repeat(100)}`
  assert.equal(new URLSearchParams(ask({}, holder).body).get('RoleSessionName')?.length, 64)
  assert.equal(new URLSearchParams(ask({ role: undefined }, holder).body).get('Name')?.length, 32)
})

test('G7: keys that could do all that the pair can are not asked for', () => {
  for (const further of [
    { policy: undefined },
    { policy: '{}' },
    { policy: '{"Statement":[]}' },
    { policy: 'allow all' },
    { policyArns: ['arn:aws:iam::aws:role/x'] },
    { policyArns: Array.from({ length: 11 }, (_, index) => `arn:aws:iam::aws:policy/p${index}`) },
    { role: 'agents' },
    { role: undefined, externalId: 'xx' },
    { region: undefined },
    { region: 'eu-central-1.evil.example/' },
    { seconds: '899' },
    { seconds: '43201' },
    { services: ['s 3'] },
  ]) {
    assert.throws(() => prepare(further), isProblem('scope_invalid'), JSON.stringify(further))
  }
})

test('a pair is stored; one for a session only where it takes on a role', () => {
  const session = { ...pair, sessionToken: 'token/of+a+session==' }
  prepare().check(bytes(pair))
  prepare().check(bytes(session))
  prepare({ role: undefined }).check(bytes(pair))
  assert.throws(() => prepare({ role: undefined }).check(bytes(session)), isProblem('secret_unusable'))
  assert.throws(() => prepare().check(Buffer.from('a-key')), isProblem('secret_unusable'))
})

test('AC-10.1: of the keys that were made, the secret ones must not come back', () => {
  const made = bytes({ ...pair, sessionToken: 'token/of+a+session==' })
  const parts = prepare().confidentialParts!(made).map((part) => Buffer.from(part).toString())
  assert.deepEqual(parts, [pair.secretAccessKey, 'token/of+a+session=='])
})

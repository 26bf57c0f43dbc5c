import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretValue } from '../../vault/secret-value.ts'
import type { Trial } from '../../vault/staged-rotation.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { hasTrial, onceMore, retrying, tellVerdict } from './try-values.ts'

type Field = Exchange['head']['fields'][number]

/** An exchange with one value, as far as trials are concerned. */
function exchangeWith(trial: Trial | undefined, method = 'GET', fields: Field[] = []): Exchange {
  const grant = { grant: { id: 'grt_1', secretId: 'sec_1' } } as Attachment['grant']
  const version = trial === 'previous' ? 1 : 2
  const secret = { version, value: new SecretValue(Buffer.from('x')), ...(trial && { trial }) }
  return { id: 'exc_1', head: { method, fields }, attachments: [{ grant, secret }] } as unknown as Exchange
}

async function toldOf(exchange: Exchange, status: number, declined?: Exchange): Promise<readonly string[]> {
  const told: string[] = []
  await tellVerdict(
    exchange,
    status,
    {
      previousOf: () => assert.fail('nothing is fetched'),
      async judged(_grant, version, verdict) {
        told.push(`${version} ${verdict}`)
      },
    },
    declined,
  )
  return told
}

test('a status tells of a value on trial, and of no other', async () => {
  for (const [trial, version] of [
    ['new', 2],
    ['previous', 1],
  ] as const) {
    for (const status of [200, 204])
      assert.deepEqual(await toldOf(exchangeWith(trial), status), [`${version} accepted`])
    for (const status of [401, 403])
      assert.deepEqual(await toldOf(exchangeWith(trial), status), [`${version} declined`])
    for (const status of [101, 301, 400, 404, 429, 500]) assert.deepEqual(await toldOf(exchangeWith(trial), status), [])
  }
  assert.deepEqual(await toldOf(exchangeWith(undefined), 200), [])
  assert.deepEqual([hasTrial(exchangeWith('new')), hasTrial(exchangeWith(undefined))], [true, false])
})

test('of a request that was sent twice, both answers count, unless both declined it', async () => {
  const [first, second] = [exchangeWith('new'), exchangeWith('previous')]
  assert.deepEqual(await toldOf(second, 200, first), ['2 declined', '1 accepted'])
  assert.deepEqual(await toldOf(second, 404, first), ['2 declined'])
  for (const status of [401, 403]) assert.deepEqual(await toldOf(second, status, first), [])
})

test('a success of gRPC proves nothing, and a refusal does', async () => {
  const fields = [{ name: 'Content-Type', value: 'application/grpc+proto' }]
  assert.deepEqual(await toldOf(exchangeWith('new', 'POST', fields), 200), [])
  assert.deepEqual(await toldOf(exchangeWith('new', 'POST', fields), 401), ['2 declined'])
})

test('401 lets any request be sent again, 403 those that may be, and nothing else does', () => {
  const statuses = [200, 400, 401, 403, 404, 500]
  const takes = (exchange: Exchange) => statuses.filter((status) => retrying(exchange)?.(status))
  assert.deepEqual(takes(exchangeWith('new', 'DELETE')), [401, 403])
  assert.deepEqual(takes(exchangeWith('new', 'POST')), [401])
  for (const trial of ['previous', undefined] as const) assert.equal(retrying(exchangeWith(trial)), undefined)
  assert.equal(retrying({ ...exchangeWith('new'), upgrade: {} } as Exchange), undefined)
})

test('what is sent once more has an identifier of its own, names the first, and has no value yet', () => {
  const again = onceMore(exchangeWith('new'), 7)
  assert.notEqual(again.id, 'exc_1')
  assert.match(again.note ?? '', /exc_1/)
  assert.deepEqual([again.startedAtMs, again.attachments.map(({ secret }) => secret)], [7, [undefined]])
})

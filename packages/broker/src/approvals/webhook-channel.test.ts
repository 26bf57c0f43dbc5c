import assert from 'node:assert/strict'
import { createHmac, createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { ApprovalView } from '@coatcheck/contract'
import { sampleAsked } from './approvals-scene.suite.ts'
import { type Webhook, WebhookChannel } from './webhook-channel.ts'

const key = Buffer.alloc(32, 9)
const nowMs = Date.parse('2026-11-22T10:00:00.500Z')
const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
const approval: ApprovalView = {
  ...{ id: 'apr_1', kind: 'request', state: 'pending', sandbox: 'sbx_1', approvers: [] },
  ...{ createdAt: '2026-11-22T10:00:00.000Z', expiresAt: '2026-11-22T10:15:00.000Z' },
  ...{ decidedAt: null, decidedBy: null, reason: null, usedAt: null, request: sampleAsked() },
}

interface Delivery {
  readonly headers: IncomingMessage['headers']
  readonly method: string | undefined
  readonly target: string | undefined
  readonly text: string
}

/** A service on loopback that keeps what it is told; `answer` says how each delivery ends. */
async function openReceiver(
  context: TestContext,
  answer: (response: ServerResponse, delivery: number) => void,
): Promise<{ readonly deliveries: Delivery[]; readonly url: URL }> {
  const deliveries: Delivery[] = []
  const server = createServer(async (request, response) => {
    const { headers, method, url: target } = request
    deliveries.push({ headers, method, target, text: String(await buffer(request)) })
    answer(response, deliveries.length)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { deliveries, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/T0?team=1`) }
}

function channelTo(url: URL, overrides: Partial<Webhook> = {}, timeoutMs = 10_000): WebhookChannel {
  const webhook: Webhook = {
    ...{ name: 'ops', url, key: createSecretKey(key), form: 'json' },
    async dial({ hostname, port }, signal) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect', { signal })
      return socket
    },
    ...overrides,
  }
  const nonceFor = (name: string, id: string): string => `nonce of ${name} and ${id}`
  return new WebhookChannel(webhook, { clock, nonceFor, patience: { pauseMs: 1, timeoutMs } })
}

test('N5: a delivery is posted as JSON, with its time and a signature over time and body', async (context) => {
  const { deliveries, url } = await openReceiver(context, (response) => response.end())
  await channelTo(url, { callbackUrl: 'https://broker.example:7443' }).notify(approval)
  const [{ headers, method, target, text }] = deliveries as [Delivery]
  assert.deepEqual([method, target, deliveries.length], ['POST', '/hooks/T0?team=1', 1])
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['coatcheck-timestamp'], String(Math.floor(nowMs / 1000)))
  const expected = createHmac('sha256', key).update(`${headers['coatcheck-timestamp']}.${text}`).digest('hex')
  assert.equal(headers['coatcheck-signature'], `v1=${expected}`)
  assert.deepEqual(JSON.parse(text), {
    type: 'approval.asked',
    webhook: 'ops',
    nonce: 'nonce of ops and apr_1',
    callbackUrl: 'https://broker.example:7443/v1/approvals/apr_1/callback',
    approval,
  })
})

test('N5: a delivery to a chat has the shape of a message of Slack, and nothing beside it', async (context) => {
  const { deliveries, url } = await openReceiver(context, (response) => response.writeHead(200).end('ok'))
  await channelTo(url, { form: 'slack' }).notify(approval)
  const message = JSON.parse(deliveries[0]!.text)
  assert.deepEqual(Object.keys(message), ['text', 'mrkdwn', 'unfurl_links', 'unfurl_media', 'blocks'])
  assert.match(message.blocks[1].text.text, /POST https:\/\/api\.service\.test\/v1\/refunds/)
  assert.match(message.blocks[1].text.text, /Secret: shop for KEY/)
})

test('N5: a service that fails once is told once more, and that is enough', async (context) => {
  const { deliveries, url } = await openReceiver(context, (response, delivery) =>
    response.writeHead(delivery === 1 ? 503 : 204).end(),
  )
  await channelTo(url).notify(approval)
  assert.equal(deliveries.length, 2)
  assert.equal(deliveries[0]!.text, deliveries[1]!.text)
})

for (const [what, answer] of [
  ['fails', (response: ServerResponse) => response.writeHead(500).end()],
  ['says that it moved', (response: ServerResponse) => response.writeHead(307, { location: '/elsewhere' }).end()],
  ['hangs up', (response: ServerResponse) => response.destroy()],
] as const) {
  test(`AC-16.3: a service that ${what} twice was not told, and is not asked a third time`, async (context) => {
    const { deliveries, url } = await openReceiver(context, answer)
    await assert.rejects(channelTo(url).notify(approval))
    assert.deepEqual(
      deliveries.map(({ target }) => target),
      ['/hooks/T0?team=1', '/hooks/T0?team=1'],
    )
  })
}

test('AC-16.3: a service that takes the delivery and says nothing was not told', async (context) => {
  const { deliveries, url } = await openReceiver(context, () => {})
  await assert.rejects(channelTo(url, {}, 50).notify(approval))
  assert.equal(deliveries.length, 2)
})

test('AC-16.3: a service that cannot be connected to in time was not told', async () => {
  let dials = 0
  const dial: Webhook['dial'] = (_url, signal) => {
    dials += 1
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  }
  await assert.rejects(channelTo(new URL('http://127.0.0.1:9'), { dial }, 20).notify(approval), {
    name: 'TimeoutError',
  })
  assert.equal(dials, 2)
})

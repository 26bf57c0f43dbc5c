import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { openConnect, type Place, proxyAuthorization, sendBy, type WayIn, waysIn } from './ways-in.ts'
import { openWorld, type Received, receive, type World } from './world.ts'

const api = 'api.service.test'
const echoHost = 'echo.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const scripted = makeScriptedRoute()

let origin: VerifyingServer
let echo: Server

before(async () => {
  const hosts = { [api]: [{ scheme: 'bearer', value: key.value }] as const }
  origin = await startOrigin({ root, hosts, routes: scripted.routes })
  echo = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
})

after(async () => {
  await origin.close()
  echo.close()
})

async function openPlace(): Promise<{ readonly world: World; readonly place: Place }> {
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  const { port } = echo.address() as AddressInfo
  const inside = await world.createSandbox({
    secrets: { API_KEY: 'api' },
    network: { allow: [{ to: `http://${echoHost}:80`, pin: { address: '127.0.0.1', port } }] },
    from: ['127.0.0.1'],
  })
  return { world, place: { proxyUrl: world.broker.proxyUrl!, inside } }
}

function askingOf({ inside }: Place, target: string, further: readonly (readonly [string, string])[] = []) {
  const headers = [['Authorization', `Bearer ${inside.placeholder('API_KEY')}`] as const, ...further]
  return { host: api, secret: 'api', target, headers }
}

/** An event stream and an upload by one way, each in the middle, and a connection that carried a request and is idle. */
async function openTraffic(way: WayIn, place: Place) {
  const streaming = await way.begin(place, askingOf(place, '/scripted/stream'))
  const streamAnswer = answerOf(streaming.end())
  const stream = await scripted.next()
  stream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  const streamed = await streamAnswer
  await once(streamed, 'readable')

  const chunked = [['Transfer-Encoding', 'chunked']] as const
  const uploading = await way.begin(place, { ...askingOf(place, '/scripted/upload', chunked), method: 'POST' })
  const uploadAnswer = answerOf(uploading).then(receive)
  uploadAnswer.catch(() => {})
  uploading.write('the first part')
  const upload = await scripted.next()

  const keepAlive = [['Connection', 'keep-alive']] as const
  const resting = await way.begin(place, askingOf(place, '/json', keepAlive))
  assert.equal((await receive(await answerOf(resting.end()))).status, 200)
  const idleClosed = closeOf(resting.socket!)
  const endAtService = Promise.all([once(stream.response, 'close'), once(upload.response, 'close')])
  return { streamed: receive(streamed), uploadAnswer, idleClosed, endAtService }
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => {})
  return response
}

async function closeOf(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume()
  if (!socket.destroyed) await once(socket, 'close')
}

for (const way of waysIn) {
  test(`AC-11.2, N2: by ${way.name}, the end of a grant ends streams, uploads and idle connections`, async () => {
    const { world, place } = await openPlace()
    await using _ = world
    const traffic = await openTraffic(way, place)
    await world.client.secrets.delete('api')
    await assert.rejects(traffic.streamed, { code: 'ECONNRESET' })
    const refused: Received = await traffic.uploadAnswer
    assert.deepEqual([refused.status, refused.code], [403, 'grant_expired'])
    await traffic.idleClosed
    await traffic.endAtService
    const dials = origin.dials
    const next = await sendBy(way, place, askingOf(place, '/json'))
    const { code, remedy } = JSON.parse(next.text) as { code: string; remedy: string }
    assert.deepEqual([next.status, code], [403, 'placeholder_foreign'])
    assert.ok(remedy.length > 0)
    assert.equal(origin.dials, dials)
  })

  test(`AC-11.2, N2: by ${way.name}, the end of the sandbox ends everything, and its token is worth nothing`, async () => {
    const { world, place } = await openPlace()
    await using _ = world
    const traffic = await openTraffic(way, place)
    await place.inside.end()
    await assert.rejects(traffic.streamed)
    await assert.rejects(traffic.uploadAnswer)
    await traffic.idleClosed
    await traffic.endAtService
    if (way.name === 'transparent' || way.name === 'gateway inside the sandbox') {
      await assert.rejects(sendBy(way, place, askingOf(place, '/json')))
      return
    }
    const next = await sendBy(way, place, askingOf(place, '/json'))
    assert.equal(next.status, { CONNECT: 407, 'absolute-form': 407, SOCKS5: 0 }[way.name] ?? 401)
  })
}

test('AC-11.2, N2: an idle tunnel through CONNECT ends with its sandbox', async () => {
  const { world, place } = await openPlace()
  await using _ = world
  const identity = ['Proxy-Authorization', proxyAuthorization(place.inside.sandbox)]
  const { socket } = await openConnect(place.proxyUrl, `${echoHost}:80`, identity)
  socket.write('GET / HTTP/1.1\r\n')
  await once(socket, 'data')
  const closed = closeOf(socket)
  await place.inside.end()
  await closed
  const outcome = await poll(async () =>
    (await world.events()).find(({ event }) => event.kind === 'connection.completed' && event.host === echoHost),
  )
  assert.equal(outcome.event.code, 'sandbox_expired')
})

test('AC-11.2: a connection on which nothing was asked for yet ends with its sandbox', async () => {
  const { world, place } = await openPlace()
  await using _ = world
  const identity = ['Proxy-Authorization', proxyAuthorization(place.inside.sandbox)]
  const { socket } = await openConnect(place.proxyUrl, `${api}:443`, identity)
  const closed = closeOf(socket)
  await place.inside.end()
  await closed
})

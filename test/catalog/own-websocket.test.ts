import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ProviderView } from '@coatcheck/contract'
import { makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { encodeFrame, type Frame, FrameReader, textFrame } from '../fixtures/websocket-frames.ts'
import { startWebSocketService } from '../fixtures/websocket-service.ts'
import { type Place, waysIn } from '../wire/ways-in.ts'
import { type Inside, openWorld } from '../wire/world.ts'

const host = 'chat.made-up.example'
const key = 'nobody-knows-this-form-of-a-key-0123456789'
const description = `id: made-up-chat
variables: [MADE_UP_CHAT]
hosts:
  - host: ${host}
    injectors:
      - { kind: placeholder, in: [websocket] }
`

/** Completes a handshake that has no credential. */
async function openSocket(inside: Inside): Promise<Socket> {
  const headers = Object.entries({
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
  })
  const asking = { host, secret: 'made-up-chat', target: '/live', headers }
  const request = await waysIn[0]!.begin({ proxyUrl: '', inside } satisfies Place, asking)
  const [, socket, head] = (await once(request.end(), 'upgrade')) as [IncomingMessage, Socket, Buffer]
  if (head.length > 0) socket.unshift(head)
  return socket.on('error', () => {})
}

async function nextFrame(socket: Socket): Promise<Frame> {
  const reader = new FrameReader()
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    const [frame] = reader.push(chunk)
    if (frame !== undefined) return frame
  }
}

test('AC-4.1: a service that nobody knows, with its key in text messages, takes ten lines of YAML and no code', async () => {
  const root = createTlsRoot()
  await using service = await startWebSocketService({ root, hosts: [host] })
  // The plane that tests compare with refuses upgrades.
  await using world = await openWorld({ settings: { httpPlane: 'own' } })
  const file = join(world.home, 'chat.yaml')
  writeFileSync(file, description)
  const { scopes } = await makeCoatcheckCommand(world.home).json<ProviderView>(['provider', 'apply', file])
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const here = scopes.map((scope) => ({ ...scope, ...reach }))
  await world.client.secrets.create({ name: 'made-up-chat', value: key, provider: 'made-up-chat', scopes: here })
  const inside = await world.createSandbox({ secrets: { MADE_UP_CHAT: 'made-up-chat' } })
  const placeholder = inside.placeholder('MADE_UP_CHAT')

  const socket = await openSocket(inside)
  socket.write(encodeFrame(textFrame(`{"type":"auth","token":"${placeholder}"}`)))
  const echoed = await nextFrame(socket)
  assert.equal(service.sockets[0]!.frames[0]!.payload.toString(), `{"type":"auth","token":"${key}"}`)
  assert.equal(echoed.payload.toString(), `{"type":"auth","token":"${placeholder}"}`)
  socket.destroy()

  const before = service.requests
  const { code } = await inside.send({ host, headers: [['Authorization', `Bearer ${placeholder}`]] })
  assert.equal(code, 'placeholder_undeclared_place', 'AC-4.2')
  assert.equal(service.requests, before)
  await inside.end()
})

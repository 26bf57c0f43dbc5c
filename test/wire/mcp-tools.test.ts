import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { openCapScene, send } from './cap-scene.ts'
import type { Place } from './ways-in.ts'

const names = ['read_file', 'write_file', 'delete_file']
const list = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) },
})
const event = `event: message\r\nid: 1\r\ndata: ${list}\r\n\r\n`
const answer =
  (type: string, ...parts: readonly string[]) =>
  ({ response }: { readonly response: ServerResponse }): void => {
    const length = parts.length > 1 ? {} : { 'Content-Length': Buffer.byteLength(parts[0]!) }
    response.writeHead(200, { 'Content-Type': type, ...length, ETag: '"whole"' })
    for (const part of parts) response.write(part)
    response.end()
  }
const routes = [
  { method: 'POST', path: /^\/json/, answer: answer('application/json', list) },
  { method: 'POST', path: /^\/chunked/, answer: answer('application/json', list.slice(0, 40), list.slice(40)) },
  {
    method: 'POST',
    path: /^\/events/,
    answer: answer(
      'text/event-stream',
      ': hello\r\n\r\n',
      event.slice(0, 50),
      event.slice(50),
      'data: {"later":1}\n\n',
    ),
  },
]

async function ask(
  place: Place,
  target: string,
  message: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = [
    ['Content-Type', 'application/json'] as const,
    ['Accept', 'application/json, text/event-stream'] as const,
  ]
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, ...message })
  return send(place, { method: 'POST', target, body, headers })
}

for (const httpPlane of ['own', 'reference'] as const) {
  test(`AC-12.4, ${httpPlane} plane: a list of tools shows those that may be called, as JSON and in an event stream`, async () => {
    await using scene = await openCapScene({ httpPlane, routes })
    const any = { methods: 'any', paths: 'any' } as const
    await scene.world.client.rules.set({
      default: 'deny',
      rules: [
        { effect: 'allow', ...any, action: { kind: 'mcp', tools: ['*_file'] } },
        { effect: 'deny', action: { kind: 'mcp', tools: ['delete_file'] } },
      ],
    })
    const place = await scene.place()
    for (const target of ['/json', '/chunked', '/events']) {
      const { status, text } = await ask(place, target, { method: 'tools/list' })
      assert.equal(status, 200)
      assert.match(text, /read_file.*write_file/, target)
      assert.doesNotMatch(text, /delete_file/, target)
      if (target === '/events')
        assert.match(text, /^: hello\r\n\r\nevent: message\nid: 1\ndata: .*\n\ndata: \{"later":1\}\n\n$/s)
      else assert.equal(JSON.parse(text).result.tools.length, 2)
    }
    const called = await ask(place, '/json', { method: 'tools/call', params: { name: 'delete_file', arguments: {} } })
    assert.equal(called.status, 403)
    const other = await ask(place, '/json', { method: 'ping' })
    assert.equal(other.text, list, 'a reply to something else is left as it is')
    await scene.world.client.rules.set(null)
    assert.equal((await ask(place, '/events', { method: 'tools/list' })).text.includes(event), true)
  })
}

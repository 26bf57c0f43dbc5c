import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { askService } from './ask-service.ts'

/** Asks a service that answers with a JSON object of so many bytes. */
async function askFor(bytes: number): Promise<Readonly<Record<string, unknown>>> {
  const frame = '{"value":""}'
  const server = createServer((_request, response) => {
    response.end(frame.replace('""', `"${'v'.repeat(bytes - frame.length)}"`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://127.0.0.1:${port}/v1/secret`)
  try {
    const dial = async () => connect(port, '127.0.0.1')
    return await askService(dial, { method: 'GET', url, headers: {} }, new AbortController().signal)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('AC-18.1: an answer of 256 KiB is read', async () => {
  const { value } = await askFor(262_144)
  assert.equal(String(value).length, 262_144 - '{"value":""}'.length)
})

test('AC-18.1: a longer one is not, and nothing of it is repeated', async () => {
  await assert.rejects(askFor(262_145), (error: Error) => {
    assert.equal((error as NodeJS.ErrnoException).code, 'source_unavailable')
    assert.match(error.message, /too long/)
    assert.ok(!error.message.includes('vvvv'))
    return true
  })
})

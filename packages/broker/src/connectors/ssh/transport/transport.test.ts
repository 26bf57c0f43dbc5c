import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { signingKey } from '../../../injection/ssh/signing-key.ts'
import { Transport } from './transport.ts'

test('two of us', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const key = signingKey(generateKeyPairSync('ed25519').privateKey)
  const client = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [other] = (await once(server, 'connection')) as [Socket]
  const heard: string[] = []
  await new Promise<void>((resolve) => {
    let count = 0
    const t = new Transport(other, { ready() { heard.push('s'); t.trust() }, message(type, p) { t.send(p) }, drained() {}, closed(f) { console.log('s', f) } }, { role: 'server', rekeyBytes: 100_000, proof: { algorithms: ['ssh-ed25519'], key } })
    const c = new Transport(client, { ready() { heard.push('c'); c.trust(); for (let i = 0; i < 50; i++) c.send(Buffer.concat([Buffer.of(94), Buffer.alloc(20_000, i)])) }, message(type, p) { count++; if (p[1] !== count - 1 || p.length !== 20_001) console.log('bad'); if (count === 50) resolve() }, drained() {}, closed(f) { console.log('c', f); resolve() } }, { role: 'client', proof: { algorithms: ['ssh-ed25519'], isKnown: (k) => k.blob.equals(key.blob) } })
  })
  console.log(heard)
  client.destroy(); other.destroy(); server.close()
})

import { Session } from 'node:inspector/promises'
import { writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:tls'
import { openWorld } from '../../test/wire/world.ts'
import { createTlsRoot } from '../../test/fixtures/tls-root.ts'
const root = createTlsRoot()
const api = 'api.bench.test'
const body = JSON.stringify({ a: 'x'.repeat(280) })
const reply = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nDate: Sun, 22 Nov 2026 21:00:00 GMT\r\nServer: x\r\nCache-Control: no-cache\r\n\r\n${body}`)
const { certificate: cert, key } = root.leaf(api)
const origin = createServer({ cert, key }, (s) => {
  let text = ''
  s.setNoDelay(true).on('error', () => {}).on('data', (c) => {
    text += c.toString('latin1')
    if (text.includes('\r\n\r\n')) { text = ''; s.write(reply) }
  })
})
origin.listen(0, '127.0.0.1'); await once(origin, 'listening')
const world = await openWorld({ settings: { httpPlane: process.argv[2] as 'own' } })
await world.client.secrets.create({ name: 'k', value: 'sk-live-0123456789abcdef0123456789', scopes: [{ to: api, inject: { kind: 'bearer' }, pin: { address: '127.0.0.1', port: (origin.address() as any).port }, roots: root.certificate }] })
const inside = await world.createSandbox({ secrets: { KEY: 'k' } })
const req = Buffer.from(`GET /v1/models?x=1 HTTP/1.1\r\nHost: ${api}\r\nAuthorization: Bearer ${inside.placeholder('KEY')}\r\nAccept: application/json\r\nUser-Agent: bench/1.0 (x)\r\nAccept-Encoding: gzip, deflate\r\nX-Stainless-Lang: js\r\nX-Stainless-OS: Linux\r\nContent-Type: application/json\r\n\r\n`)
const session = new Session(); session.connect()
const N = Number(process.argv[3] ?? 8000)
let done = 0
async function client() {
  const s = await inside.connectTls(api)
  let left = N / 16
  let got = 0
  await new Promise<void>((res, rej) => {
    s.on('error', rej)
    s.on('data', (c: Buffer) => { got += c.length; if (c.toString('latin1').includes('}')) { if (!c.toString('latin1',0,12).includes('200')) console.log(c.toString()); left--; done++; if (left <= 0) res(); else s.write(req) } })
    s.write(req)
  })
  s.destroy()
}
await Promise.all(Array.from({ length: 16 }, client))
await session.post('Profiler.enable'); await session.post('Profiler.setSamplingInterval', { interval: 200 }); await session.post('Profiler.start')
const c0 = process.cpuUsage(); const d0 = done
await Promise.all(Array.from({ length: 16 }, client))
const c = process.cpuUsage(c0)
const { profile } = await session.post('Profiler.stop')
console.log('us/request whole process', ((c.user + c.system) / (done - d0)).toFixed(1))
const self = new Map<string, number>(); const byId = new Map(profile.nodes.map((n) => [n.id, n]))
const total = profile.samples!.length
for (const id of profile.samples!) { const n = byId.get(id)!; const k = `${n.callFrame.functionName} ${n.callFrame.url.split('/').slice(-2).join('/')}:${n.callFrame.lineNumber}`; self.set(k, (self.get(k) ?? 0) + 1) }
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, Number(process.argv[4] ?? 45))) console.log(((v / total) * 100).toFixed(1), k)
writeFileSync('/tmp/prof.cpuprofile', JSON.stringify(profile))
await world[Symbol.asyncDispose](); origin.close(); process.exit(0)

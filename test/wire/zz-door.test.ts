import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openWorld } from './world.ts'

const api = 'api.service.test'
test('door', async () => {
  const key = makeCanary('sk-live-')
  const root = createTlsRoot()
  const origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key.value }] }, echo: false })
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  await world.client.secrets.create({
    name: 'api',
    value: key.value,
    scopes: [
      {
        to: api,
        inject: { kind: 'bearer' },
        attach: 'always',
        pin: { address: '127.0.0.1', port: origin.port },
        roots: root.certificate,
      },
    ],
  })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, from: ['127.0.0.0/8'] })
  const { id, token } = inside.sandbox
  const ph = inside.placeholder('API_KEY')
  const url = new URL(world.broker.proxyUrl!)
  const H = `Host: 127.0.0.1:${url.port}\r\n`
  const PA = `Proxy-Authorization: Bearer ${id}.${token}\r\n`
  const raw = async (bytes: string) => {
    const s = connect(Number(url.port), '127.0.0.1')
    s.setTimeout(1500, () => s.destroy())
    s.on('error', () => {})
    const chunks: Buffer[] = []
    s.on('data', (c) => chunks.push(c))
    s.write(bytes, 'latin1')
    await once(s, 'close')
    return Buffer.concat(chunks).toString('latin1')
  }
  const as = `/as/${id}.${token}`
  const C = 'Connection: close\r\n'
  const cases: Record<string, string> = {
    ok: `GET ${as}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    tecl: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET ${as}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    te2: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    te3: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    te4: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    te5: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
    te6: `POST ${as}/api/upload HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    te7: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n${C}\r\n0\r\n\r\n`,
    fold: `GET ${as}/api/json HTTP/1.1\r\n${H}X-A: b\r\n c: d\r\n${C}\r\n`,
    barecr: `GET ${as}/api/json HTTP/1.1\r\n${H}X-A: b\rX-B: c\r\n${C}\r\n`,
    lf: `GET ${as}/api/json HTTP/1.1\n${H.replace('\r', '')}Connection: close\n\n`,
    duphost: `GET ${as}/api/json HTTP/1.1\r\n${H}Host: coatcheck.internal\r\n${C}\r\n`,
    chunkext: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n${C}\r\n1;a=b\nxx\r\nx\r\n0\r\n\r\n`,
    absmismatch: `GET http://coatcheck.internal/self HTTP/1.1\r\nHost: evil\r\n${PA}${C}\r\n`,
    absok: `GET http://coatcheck.internal/self HTTP/1.1\r\nHost: coatcheck.internal\r\n${PA}${C}\r\n`,
    absas: `GET http://127.0.0.1:${url.port}${as}/api/json HTTP/1.1\r\n${H}${PA}${C}\r\n`,
    absuser: `GET http://a@${api}/json HTTP/1.1\r\nHost: ${api}\r\n${PA}${C}\r\n`,
    abshttp: `GET http://${api}/json HTTP/1.1\r\nHost: ${api}\r\n${PA}${C}\r\n`,
    abs6: `GET http://[::1]:${url.port}/ HTTP/1.1\r\nHost: [::1]\r\n${PA}${C}\r\n`,
    absdec: `GET http://2130706433:${url.port}/ HTTP/1.1\r\nHost: 2130706433:${url.port}\r\n${PA}${C}\r\n`,
    abshex: `GET http://0x7f.1:${url.port}/ HTTP/1.1\r\nHost: 0x7f.1:${url.port}\r\n${PA}${C}\r\n`,
    conbody: `CONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n${PA}Content-Length: 5\r\n\r\nhello`,
    conuser: `CONNECT a@${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n${PA}\r\n`,
    con2: `CONNECT ${api}:443@evil:443 HTTP/1.1\r\nHost: ${api}:443\r\n${PA}\r\n`,
    condot: `CONNECT ${api}.:443 HTTP/1.1\r\nHost: ${api}.:443\r\n${PA}\r\nGET / HTTP/1.1\r\nHost: ${api}\r\n${C}\r\n`,
    conown: `CONNECT coatcheck.internal:80 HTTP/1.1\r\nHost: coatcheck.internal:80\r\n${PA}\r\nGET /self HTTP/1.1\r\nHost: coatcheck.internal\r\n${C}\r\n`,
    conownport: `CONNECT coatcheck.internal:22 HTTP/1.1\r\nHost: coatcheck.internal:22\r\n${PA}\r\nGET /self HTTP/1.1\r\nHost: coatcheck.internal:22\r\n${C}\r\n`,
    confirst: `CONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n\r\n`,
    dd: `GET ${as}//api/json HTTP/1.1\r\n${H}${C}\r\n`,
    dots: `GET ${as}/api/../api/json HTTP/1.1\r\n${H}${C}\r\n`,
    enc: `GET ${as}%2fapi/json HTTP/1.1\r\n${H}${C}\r\n`,
    enc2: `GET /as/${id}%2e${token}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    dotfirst: `GET /./as/${id}.${token}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    bs: `GET ${as}\\api/json HTTP/1.1\r\n${H}${C}\r\n`,
    upper: `GET /AS/${id}.${token}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    semi: `GET ${as};x/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    two: `GET ${as}${as}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    asname: `GET ${as}/api/as/${id}.${token}/x HTTP/1.1\r\n${H}${C}\r\n`,
    proxyas: `GET /proxy/api${as}/json HTTP/1.1\r\n${H}${PA}${C}\r\n`,
    tokenquery: `GET ${as}/api/json?x=${token} HTTP/1.1\r\n${H}${C}\r\n`,
    tokenunknown: `GET ${as}/${token}/json HTTP/1.1\r\n${H}${C}\r\n`,
    tokenmethod: `GET ${as}/api/${id}.${token} HTTP/1.1\r\n${H}${C}\r\n`,
    referer: `GET ${as}/api/json HTTP/1.1\r\n${H}Referer: http://127.0.0.1${as}/api/page\r\n${C}\r\n`,
    origin: `GET ${as}/api/json HTTP/1.1\r\n${H}Origin: http://evil\r\n${C}\r\n`,
    refererpage: `GET ${as}/api/json HTTP/1.1\r\n${H}Referer: http://evil.example/\r\n${C}\r\n`,
    nosandbox: `GET /as/sbx_0.${token}/api/json HTTP/1.1\r\n${H}${C}\r\n`,
    dualpa: `GET http://${api}/ HTTP/1.1\r\nHost: ${api}\r\n${PA}${PA}${C}\r\n`,
    asAndPa: `GET ${as}/api/json HTTP/1.1\r\n${H}${PA}${C}\r\n`,
    vhost: `GET ${as}/api/json HTTP/1.1\r\nHost: api.localhost\r\n${PA}${C}\r\n`,
    vhost2: `GET /json HTTP/1.1\r\nHost: api.localhost\r\n${PA}${C}\r\n`,
    star: `OPTIONS * HTTP/1.1\r\nHost: api.localhost\r\n${PA}${C}\r\n`,
    pipe: `GET ${as}/api/json HTTP/1.1\r\n${H}\r\nCONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n${PA}\r\n`,
    door: `DELETE ${as}/-/self/grants/NOPE HTTP/1.1\r\n${H}${C}\r\n`,
    doorenc: `GET ${as}/%2d/self HTTP/1.1\r\n${H}${C}\r\n`,
    h2: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    http09: `GET ${as}/api/json\r\n\r\n`,
    nul: `GET ${as}/api/json HTTP/1.1\r\n${H}X-A: a\0b\r\n${C}\r\n`,
    upg: `GET ${as}/api/json HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    ws: `GET ${as}/api/json HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    keyroot: `GET /json HTTP/1.1\r\n${H}Authorization: Bearer ${ph}\r\n${C}\r\n`,
    trailers: `POST ${as}/api/upload HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n${C}\r\n1\r\nx\r\n0\r\nAuthorization: Bearer ${ph}\r\n\r\n`,
    phbodysplit: `POST ${as}/api/upload HTTP/1.1\r\n${H}Content-Length: ${ph.length}\r\n${C}\r\n${ph}`,
  }
  const all: string[] = []
  for (const [name, bytes] of Object.entries(cases)) {
    const n = origin.requests.length
    const a = await raw(bytes)
    all.push(a)
    const codes = [...a.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => m[1]).join(',')
    const code = [...a.matchAll(/"code": "(\w+)"/g)].map((m) => m[1]).join(',')
    const up = origin.requests
      .slice(n)
      .map((r: any) => `${r.method} ${r.host ?? ''}${r.path ?? r.url ?? ''}`)
      .join(' | ')
    console.log(
      name.padEnd(14),
      codes.padEnd(8),
      code.padEnd(26),
      up,
      a.includes(token) ? 'TOKEN IN ANSWER' : '',
      codes === '' ? JSON.stringify(a.slice(0, 80)) : '',
    )
  }
  const events = JSON.stringify(await world.events())
  console.log('token in events', events.includes(token), 'ph', events.includes(ph))
  if (events.includes(token))
    for (const e of await world.events()) if (JSON.stringify(e).includes(token)) console.log(JSON.stringify(e.event))
  const files = (f: string): string[] =>
    readdirSync(f).flatMap((n) => {
      const p = join(f, n)
      return statSync(p).isDirectory() ? files(p) : statSync(p).isFile() ? [p] : []
    })
  for (const f of files(world.home)) {
    const t = readFileSync(f, 'latin1')
    for (const [n, v] of [
      ['token', token],
      ['ph', ph],
      ['key', key.value],
    ] as const)
      if (t.includes(v)) console.log('LEAK', n, f)
  }
  await inside.end()
  await world[Symbol.asyncDispose]()
  await origin.close()
})

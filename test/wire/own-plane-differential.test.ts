import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { AuditEvent } from '@coatcheck/contract'
import fc from 'fast-check'
import { api, headOf, openRawScene, type PlaneName, planes, type RawScene, readAll } from './own-plane-scene.ts'

const scenes = new Map<PlaneName, RawScene>()
const runs = 250
/** Denials, fewer than the limit. */
const recordedPerSecond = 40

before(async () => {
  for (const plane of planes) scenes.set(plane, await openRawScene(plane))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

const token = fc.stringMatching(/^[A-Za-z0-9-]{1,10}$/)
const fields = fc.array(
  fc.tuple(
    token.map((name) => `X-${name}`),
    fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/),
  ),
  { maxLength: 5 },
)
const framings = fc.constantFrom('none', 'length', 'chunked' as const)
const data = fc.stringMatching(/^[ -~]{0,60}$/)

const exchanges = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'),
  target: fc.constantFrom('/', '/a?b=c', '/a%20b', '/a/../b', '/%2e%2e/', '/x?y=%00', '/caf%C3%A9'),
  minor: fc.constantFrom('1.1', '1.1', '1.0'),
  /** Where the placeholder stands, or what stands there instead. */
  credential: fc.constantFrom('placeholder', 'placeholder', 'placeholder', 'none', 'foreign', 'copy', 'body'),
  fields,
  framing: framings,
  data,
  status: fc.constantFrom(200, 201, 204, 304, 404, 500),
  answerFields: fields,
  answerFraming: fc.constantFrom('length', 'chunked', 'close' as const),
  answerData: data,
})
type Generated = typeof exchanges extends fc.Arbitrary<infer Value> ? Value : never

/** What must be the same on both planes. */
interface Observed {
  readonly status: string
  readonly fields: readonly string[]
  readonly body: string
  readonly arrived: readonly string[]
  readonly events: readonly unknown[]
}

function framed(framing: string, text: string): { readonly fields: readonly string[]; readonly body: string } {
  if (framing === 'length') return { fields: [`Content-Length: ${text.length}`], body: text }
  if (framing !== 'chunked') return { fields: [], body: framing === 'close' ? text : '' }
  const chunk = text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`
  return { fields: ['Transfer-Encoding: chunked'], body: `${chunk}0\r\n\r\n` }
}

function unframed(head: string, body: string): string {
  if (!/^transfer-encoding: chunked\r?$/im.test(head)) return body
  let [text, at] = ['', 0]
  for (;;) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.slice(at, end), 16)
    if (!(size > 0)) return text
    text += body.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
}

async function observe(
  { inside, origin, values, world }: RawScene,
  form: Generated,
  known: Set<string>,
): Promise<Observed> {
  const { method, status, minor } = form
  const arrived: string[] = []
  origin.answer = async (request) => {
    const body = await request.body()
    const lines = request.fields.filter((line) => !/^(?:content-length|transfer-encoding|connection):/i.test(line))
    const text = [request.line, ...lines, unframed(request.fields.join('\n'), body)].join('\n')
    arrived.push(text.replaceAll(values.one, 'REAL'))
    const bodiless = method === 'HEAD' || status === 204 || status === 304
    const answer = framed(form.answerFraming, form.answerData)
    const own = status === 204 ? [] : answer.fields
    const head = [`HTTP/1.1 ${status} Text`, ...form.answerFields.map((pair) => pair.join(': ')), ...own].join('\r\n')
    request.socket.write(`${head}\r\n\r\n${bodiless ? '' : answer.body}`)
    if (form.answerFraming === 'close') request.socket.end()
  }
  const placeholder = inside.placeholder('ONE')
  const more = form.credential === 'copy' ? [`X-Copy: ${placeholder}`] : []
  // The reference takes chunks from a client of HTTP/1.0; the own plane takes a part of what it does.
  const framing = minor === '1.0' && form.framing === 'chunked' ? 'length' : form.framing
  const body = framed(framing, form.credential === 'body' ? `${form.data}${placeholder}` : form.data)
  const all = [...form.fields.map((pair) => pair.join(': ')), ...more, 'Connection: close', ...body.fields]
  let head = headOf(inside, `${method} ${form.target} HTTP/${minor}`, all)
  if (form.credential === 'none') head = head.replace(/Authorization: .*\r\n/, '')
  if (form.credential === 'foreign') head = head.replace(placeholder, 'somebody-elses-key-0123456789')
  const socket = await inside.connectTls(api)
  socket.write(`${head}\r\n${body.body}`)
  const text = await readAll(socket)
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const fresh = (await world.events()).filter(({ id }) => !known.has(id))
  for (const { id } of fresh) known.add(id)
  // Each plane says in its own way how it frames and what time it is, and each answer of the broker has its own identifier.
  const kept = lines.filter((each) => !/^(?:connection|date|keep-alive|transfer-encoding|content-length):/i.test(each))
  return {
    status: line,
    fields: kept,
    body: unframed(lines.join('\n'), text.slice(end + 4)).replaceAll(/exc_\w+/g, 'ID'),
    arrived,
    events: fresh.map(({ event }) => comparable(event)),
  }
}

/** Without what is each time another: identifiers and times. */
function comparable({
  id: _id,
  at: _at,
  sandbox: _sandbox,
  grants,
  latencyMs: _latency,
  ...event
}: AuditEvent): unknown {
  return { ...event, grants: grants?.length }
}

test('AC-2.3, both planes give the same verdict, bytes, fields and events for generated exchanges', async () => {
  const seen = new Map<PlaneName, Set<string>>()
  for (const [plane, { world }] of scenes) seen.set(plane, new Set((await world.events()).map(({ id }) => id)))
  await fc.assert(
    fc.asyncProperty(exchanges, async (form) => {
      const own = await observe(scenes.get('own')!, form, seen.get('own')!)
      const reference = await observe(scenes.get('reference')!, form, seen.get('reference')!)
      assert.deepEqual(own, reference)
      // Denials of one sandbox are counted together where there are more of them in a second than are recorded one by one.
      if (own.arrived.length === 0) await delay(1_000 / recordedPerSecond)
    }),
    { numRuns: runs, interruptAfterTimeLimit: 100_000 },
  )
})

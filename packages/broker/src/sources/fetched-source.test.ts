import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretValue } from '../vault/secret-value.ts'
import type { ConfiguredSource } from './configured-source.ts'
import { FetchedSource } from './fetched-source.ts'
import { type FetchedValue, sourceFailure } from './source.ts'

const startMs = Date.parse('2026-01-01T00:00:00Z')

/** A source whose answers and whose clock the test gives. */
function make(options: Partial<ConfiguredSource> = {}, mayChange = true) {
  const scene = {
    nowMs: startMs,
    reads: 0,
    answer: async (): Promise<FetchedValue> => givenValue('first'),
  }
  const configured: ConfiguredSource = {
    name: 'key',
    project: 'default',
    source: {
      kind: 'exec',
      mayChange,
      read() {
        scene.reads += 1
        return scene.answer()
      },
    },
    to: [{ to: 'api.example.com' }],
    freshForMs: 60_000,
    maxAgeMs: 3_600_000,
    timeoutMs: 10_000,
    ...options,
  }
  const fetched = new FetchedSource(configured, { now: () => new Date(scene.nowMs) })
  const text = (): string => fetched.present().value.use((bytes) => Buffer.from(bytes).toString())
  return { scene, fetched, text }
}

function givenValue(text: string, expiresAt?: Date): FetchedValue {
  return { value: new SecretValue(Buffer.from(text)), ...(expiresAt && { expiresAt }) }
}

test('AC-18.2: all who need a value at one moment wait for one fetch', async () => {
  const { scene, fetched, text } = make()
  await Promise.all(Array.from({ length: 50 }, () => fetched.bring()))
  assert.deepEqual([scene.reads, text(), fetched.generation], [1, 'first', 1])
  assert.equal(fetched.bring(), undefined)
})

test('a fresh value is not asked for again, and one that is not fresh is', async () => {
  const { scene, fetched, text } = make()
  await fetched.bring()
  scene.answer = async () => givenValue('second')
  scene.nowMs += 59_999
  assert.equal(fetched.bring(), undefined)
  scene.nowMs += 1
  await fetched.bring()
  assert.deepEqual([text(), fetched.generation], ['second', 2])
})

test('the same value again is no other one', async () => {
  const { scene, fetched } = make()
  await fetched.bring()
  scene.nowMs += 60_000
  await fetched.bring()
  assert.deepEqual([scene.reads, fetched.generation], [2, 1])
})

test('AC-5.6: a value that a service did not take is fetched anew once, and not in the first half minute', async () => {
  const { scene, fetched, text } = make({ freshForMs: 3_600_000 })
  await fetched.bring()
  fetched.dismiss()
  assert.equal(fetched.bring(), undefined)
  scene.nowMs += 30_000
  fetched.dismiss()
  assert.equal(text(), 'first', 'it is of use until there is another one')
  await fetched.bring()
  assert.equal(scene.reads, 2)
  scene.nowMs += 30_000
  fetched.dismiss()
  assert.equal(fetched.bring(), undefined, 'the source gave the same one again')
  scene.answer = async () => givenValue('second')
  await fetched.refresh()
  scene.nowMs += 30_000
  fetched.dismiss()
  await fetched.bring()
  assert.deepEqual([scene.reads, text()], [4, 'second'])
})

test('what cannot change is asked for once', async () => {
  const { scene, fetched } = make({}, false)
  await fetched.bring()
  scene.nowMs += 1e10
  assert.equal(fetched.bring(), undefined)
  assert.doesNotThrow(() => fetched.present())
})

test('AC-18.4: the last good value is of use up to its age, and no longer', async () => {
  const { scene, fetched, text } = make()
  await fetched.bring()
  scene.answer = () => Promise.reject(sourceFailure('down'))
  scene.nowMs = startMs + 3_599_999
  await fetched.bring()
  assert.equal(text(), 'first')
  assert.ok(fetched.present().untilMs <= startMs + 3_600_000)
  scene.nowMs = startMs + 3_600_000
  assert.throws(text, { code: 'source_unavailable', message: /down.*source: key/ })
  scene.answer = async () => givenValue('second')
  scene.nowMs += 5_000
  await fetched.bring()
  assert.equal(text(), 'second')
  assert.equal(fetched.failure, undefined)
})

test('AC-18.2: a source that failed is left alone for a while', async () => {
  const { scene, fetched } = make()
  scene.answer = () => Promise.reject(sourceFailure('down'))
  await fetched.bring()
  assert.equal(fetched.bring(), undefined)
  scene.nowMs += 4_999
  assert.equal(fetched.bring(), undefined)
  scene.nowMs += 1
  await fetched.bring()
  assert.equal(scene.reads, 2)
})

test('a value is asked for before its own end, and is of no use after it', async () => {
  const { scene, fetched } = make({ freshForMs: 1e9, maxAgeMs: 1e9 })
  scene.answer = async () => givenValue('short', new Date(startMs + 100_000))
  await fetched.bring()
  scene.answer = () => Promise.reject(sourceFailure('down'))
  scene.nowMs = startMs + 69_999
  assert.equal(fetched.bring(), undefined)
  scene.nowMs = startMs + 70_000
  await fetched.bring()
  assert.doesNotThrow(() => fetched.present())
  scene.nowMs = startMs + 100_000
  assert.throws(() => fetched.present(), { code: 'source_unavailable' })
})

test('a value that had expired when it came, or ends at no instant, is none', async () => {
  for (const end of [new Date(startMs), new Date(Number.NaN)]) {
    const { scene, fetched } = make()
    scene.answer = async () => givenValue('late', end)
    await fetched.bring()
    assert.throws(() => fetched.present(), { code: 'source_unavailable', message: /expired/ })
  }
})

test('SEC-05: an unexpected error leaves none of its words', async () => {
  const { scene, fetched } = make()
  scene.answer = () => Promise.reject(new Error('sk_live_in_the_message'))
  await fetched.bring()
  assert.ok(!`${fetched.failure?.message} ${fetched.failure?.stack} ${fetched.failure?.cause}`.includes('sk_live'))
})

test('what was dropped is wiped, and what was under way brings nothing back', async () => {
  const { scene, fetched } = make()
  await fetched.bring()
  const { value } = fetched.present()
  const { promise, resolve } = Promise.withResolvers<FetchedValue>()
  scene.answer = () => promise
  const late = givenValue('late')
  const fetching = fetched.refresh()
  fetched.drop()
  resolve(late)
  await fetching
  await promise
  assert.throws(() => fetched.present(), { code: 'source_unavailable' })
  for (const each of [value, late.value]) each.use((bytes) => assert.ok(bytes.every((byte) => byte === 0)))
})

test('AC-18.4: while a value is at hand, a source that keeps failing is left alone for longer, and never beyond its age', async () => {
  const { scene, fetched } = make({ maxAgeMs: 300_000 })
  await fetched.bring()
  scene.answer = () => Promise.reject(sourceFailure('down'))
  const asked: number[] = []
  for (scene.nowMs = startMs; scene.nowMs <= startMs + 400_000; scene.nowMs += 1_000) {
    const before = scene.reads
    await fetched.bring()
    if (scene.reads > before) asked.push((scene.nowMs - startMs) / 1_000)
  }
  assert.deepEqual(asked.slice(0, 7), [60, 65, 75, 95, 135, 195, 255])
  assert.deepEqual(asked.slice(7, 10), [300, 305, 310])
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfiguredSource } from './configured-source.ts'
import { FetchedSource } from './fetched-source.ts'
import type { FetchedValue, Source } from './source.ts'
import { maxValueBytes } from './value-from-bytes.ts'

/** A source, and what stands behind it. */
export interface SourceScene extends AsyncDisposable {
  readonly source: Source
  /** Puts a value behind the source; undefined takes it away. */
  put(value: Uint8Array | undefined): void
  /** From now on nothing answers. Absent where nothing has to be waited for. */
  stall?(): void
  /** From now on access is denied. Absent where nobody can deny it. */
  deny?(): void
  /** False where what is behind the source can hold text alone. */
  readonly takesBytes?: boolean
  /** False where what puts values there cuts long ones. */
  readonly takesLong?: boolean
}

const canary = 'sk_source_canary_0123456789'
const never = new AbortController().signal

/** What every source must hold. `make` puts the value behind it that it is given. */
export function testSource(name: string, make: (value: Uint8Array) => Promise<SourceScene>): void {
  const refuses = async (scene: SourceScene, reason: RegExp): Promise<void> => {
    await assert.rejects(scene.source.read(never), (error: Error & { code?: string; facts?: object }) => {
      assert.equal(error.code, 'source_unavailable')
      assert.match(error.message, reason)
      assert.ok(!`${error.stack} ${JSON.stringify(error)} ${error.cause}`.includes(canary), 'the error tells the value')
      return true
    })
  }

  describe(`AC-18.1: a source of the kind ${name}`, () => {
    const whole: readonly (readonly [string, string, string])[] = [
      ['text', canary, canary],
      ['text that is not ASCII', `${canary}-ключ-🔑`, `${canary}-ключ-🔑`],
      ['spaces around it', ` ${canary} `, ` ${canary} `],
      ['one line break at its end, which is dropped', `${canary}\n`, canary],
      ['a carriage return before that', `${canary}\r\n`, canary],
      ['two line breaks, one of which is dropped', `${canary}\n\n`, `${canary}\n`],
      ['line breaks inside', `a\n${canary}\r\nb`, `a\n${canary}\r\nb`],
      ['the longest value', 'x'.repeat(maxValueBytes), 'x'.repeat(maxValueBytes)],
    ]
    for (const [what, put, expected] of whole) {
      test(`gives ${what}`, async () => {
        await using scene = await make(Buffer.from(put))
        if (scene.takesLong === false && put.length === maxValueBytes) return
        assert.equal(textOf(await scene.source.read(never)), expected)
      })
    }

    test('gives another value once it is there, and says that it may', async () => {
      await using scene = await make(Buffer.from(canary))
      assert.equal(textOf(await scene.source.read(never)), canary)
      if (!scene.source.mayChange) return
      scene.put(Buffer.from('another'))
      assert.equal(textOf(await scene.source.read(never)), 'another')
    })

    const none: readonly (readonly [string, Uint8Array, RegExp])[] = [
      ['is empty', Buffer.alloc(0), /empty/],
      ['is a line break alone', Buffer.from('\n'), /empty/],
      ['is too long', Buffer.from(canary.repeat(3000)), /longer than|more than|too long/],
    ]
    for (const [what, put, reason] of none) {
      test(`gives nothing where the value ${what}`, async () => {
        await using scene = await make(put)
        if (scene.takesLong === false && put.length > maxValueBytes) return
        await refuses(scene, reason)
      })
    }

    test('gives nothing where the value is not UTF-8', async () => {
      await using scene = await make(Buffer.from(canary))
      if (scene.takesBytes === false) return
      scene.put(Buffer.concat([Buffer.from(canary), Buffer.from([0xff, 0xfe])]))
      await refuses(scene, /not UTF-8/)
    })

    test('gives nothing where there is no value, and gives it as soon as there is', async () => {
      await using scene = await make(Buffer.from(canary))
      scene.put(undefined)
      await refuses(scene, /no such value|does not exist|is not set|ended with 1/)
      scene.put(Buffer.from(canary))
      assert.equal(textOf(await scene.source.read(never)), canary)
    })

    test('gives nothing where access is denied', async () => {
      await using scene = await make(Buffer.from(canary))
      if (scene.deny === undefined) return
      scene.deny()
      await refuses(scene, /denied|may not be read|cannot be run|belongs to|others may/)
    })

    test('gives nothing where nobody answers in time', async () => {
      await using scene = await make(Buffer.from(canary))
      if (scene.stall === undefined) return
      scene.stall()
      const configured: ConfiguredSource = {
        name,
        project: 'default',
        source: scene.source,
        to: [{ to: 'api.example.com' }],
        freshForMs: 1,
        maxAgeMs: 1,
        timeoutMs: 100,
      }
      const fetched = new FetchedSource(configured, { now: () => new Date() })
      await fetched.bring()
      assert.throws(() => fetched.present(), { code: 'source_unavailable', message: /took too long/ })
    })
  })
}

/** The text of a value, which is wiped. */
export function textOf({ value }: FetchedValue): string {
  using read = value
  return read.use((bytes) => Buffer.from(bytes).toString())
}

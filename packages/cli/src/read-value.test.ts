import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { readValue, type ValueStreams } from './read-value.ts'

const streams = (...chunks: (string | Buffer)[]): ValueStreams =>
  ({
    stdin: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
    stderr: process.stderr,
  }) as unknown as ValueStreams
const invalid = (reason: RegExp) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === 'request_invalid' && reason.test(error.message)

for (const [what, chunks, value] of [
  ['as it is', ['sk-', 'abc'], 'sk-abc'],
  ['without the line break at its end', ['sk-abc\n'], 'sk-abc'],
  ['without the line break of Windows', ['sk-abc\r\n'], 'sk-abc'],
  ['with further line breaks', ['a\nb\n\n'], 'a\nb\n'],
  ['with spaces', [' sk-abc '], ' sk-abc '],
  ['with a character cut in two', [Buffer.from([0xc3]), Buffer.from([0xa4])], 'ä'],
] as const) {
  test(`a piped value is taken ${what}`, async () => {
    assert.equal(await readValue({}, streams(...chunks), '?'), value)
  })
}

for (const [what, chunks, reason] of [
  ['nothing', [], /no value/],
  ['an empty line', ['\n'], /no value/],
  ['bytes that are no text', [Buffer.from([0xff, 0xfe])], /not UTF-8/],
  ['too much', ['x'.repeat(70_000)], /longer than/],
] as const) {
  test(`${what} on standard input is refused`, async () => {
    await assert.rejects(readValue({ valueStdin: true }, streams(...chunks), '?'), invalid(reason))
  })
}

test('a value is read from a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-value-'))
  try {
    writeFileSync(join(folder, 'key'), 'from-file\n')
    assert.equal(await readValue({ valueFile: join(folder, 'key') }, streams('from-stdin'), '?'), 'from-file')
    await assert.rejects(readValue({ valueFile: join(folder, 'none') }, streams(), '?'), invalid(/ENOENT/))
    await assert.rejects(readValue({ valueFile: folder }, streams(), '?'), invalid(/EISDIR/))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

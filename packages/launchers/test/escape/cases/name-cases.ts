import assert from 'node:assert/strict'
import { assertAll, runInside } from '../run-inside.ts'
import type { EscapeCase } from '../sandbox-bench.ts'

/** Item 3: names tell nothing to anybody outside, and odd questions break nothing. */
export const nameCases: readonly EscapeCase[] = [
  {
    item: 3,
    name: 'an unknown name does not exist, whatever its labels or the type of the question',
    async run(bench) {
      const outcomes = await runInside(bench, 'ask_names', { known: bench.knownName })
      const unknown = Object.entries(outcomes).filter(([label]) => /unknown name|long labels/.test(label))
      assertAll(Object.fromEntries(unknown), /^(?:code [345], answers 0|silence)$/)
      const known = Object.entries(outcomes).filter(([label]) =>
        /^(?:TXT|NULL|HTTPS|AAAA|MX|AXFR) of the known/.test(label),
      )
      assertAll(Object.fromEntries(known), /^(?:code \d+, answers 0|silence)$/)
      assert.deepEqual(bench.outside.hits, [])
    },
  },
  {
    item: 3,
    name: 'malformed questions and pointers in a loop leave the resolver answering',
    async run(bench) {
      const outcomes = await runInside(bench, 'ask_names', { known: bench.knownName })
      assert.equal(outcomes['known name'], 'code 0, answers 1')
      assert.doesNotMatch(outcomes['pointer to itself'] ?? '', /answers [1-9]/)
    },
  },
]

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fitsExactly, fitsLeniently, parsePathPattern, segmentsOf } from '../rules/path-pattern.ts'
import { readingsOf } from '../rules/path-readings.ts'
import { areApart, coversPath } from './pattern-relations.ts'

const segment = fc.constantFrom('a', 'a', 'b', 'A', '*', '**', 'a*', '*c', 'x%2Fy', 'a.json', 'b;d')
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([parts, isOpen]) => parsePathPattern(`/${parts.join('/')}${isOpen ? '/' : ''}`))

/** Paths of a pattern. */
function pathsOf(of: readonly string[]): fc.Arbitrary<string> {
  const parts = of.map((part) => {
    if (part === '**') return fc.array(fc.constantFrom('a', 'b', 'A', 'x%2Fy', 'b;d'), { maxLength: 2 })
    return fc.constantFrom('', 'a', 'b', 'c').map((text) => [part.replace('*', text)])
  })
  return fc.tuple(...parts).map((all) => `/${all.flat().join('/')}`)
}

test('N13: a pattern that is said to cover another one fits all of its paths, and patterns that are apart share none', () => {
  const seen = { covered: 0, lenient: 0, apart: 0 }
  fc.assert(
    fc.property(
      fc
        .tuple(pattern, pattern)
        .chain((pair) => fc.tuple(fc.constant(pair), fc.array(pathsOf(pair[1].exact), { minLength: 6 }))),
      ([[outer, inner], paths]) => {
        for (const path of paths.filter((each) => !each.includes('//') && fitsExactly(inner, segmentsOf(each)))) {
          const fits = fitsExactly(outer, segmentsOf(path))
          if (coversPath(outer.exact, inner.exact, false)) {
            seen.covered += 1
            assert.ok(fits, `${outer.text} covers ${inner.text}: ${path}`)
          }
          if (areApart(outer.exact, inner.exact)) {
            seen.apart += 1
            assert.ok(!fits, `${outer.text} and ${inner.text}: ${path}`)
          }
          if (coversPath(outer.lenient, inner.lenient, true)) {
            seen.lenient += 1
            const readings = readingsOf(path).map(segmentsOf)
            assert.ok(
              readings.some((reading) => fitsLeniently(outer, reading)),
              `${outer.text} forbids ${inner.text}: ${path}`,
            )
          }
        }
      },
    ),
    { numRuns: 4000 },
  )
  assert.ok(Math.min(...Object.values(seen)) > 500, JSON.stringify(seen))
})

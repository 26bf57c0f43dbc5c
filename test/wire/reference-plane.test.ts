import { test } from 'node:test'
import { runTestFile } from './run-test-file.ts'

for (const [file, ids] of [
  ['ways-in', 'AC-2.3'],
  ['ways-revocation', 'AC-11.2, N2, R-58'],
  ['ways-body-caps', 'AC-7.3'],
  ['socks', 'R-119, SEC-08'],
  ['registry-refusals', 'N10'],
] as const) {
  test(`${ids}: what ${file} proves holds on the reference plane`, () =>
    runTestFile(`${file}.test.ts`, [], { COATCHECK_TEST_PLANE: 'reference' }))
}

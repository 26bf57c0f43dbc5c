import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ProblemCode, problems } from '@coatcheck/contract'
import { exitCodeFor, exitCodes } from './exit-codes.ts'

const expected: readonly (readonly [ProblemCode, number])[] = [
  ['request_invalid', 2],
  ['scope_invalid', 2],
  ['secret_not_found', 3],
  ['provider_not_found', 3],
  ['value_required', 4],
  ['secret_exists', 4],
  ['mount_forbidden', 4],
  ['broker_unreachable', 5],
  ['vault_locked', 6],
  ['state_rolled_back', 6],
  ['launch_impossible', 7],
  ['internal', 1],
  ['audit_unavailable', 1],
]
for (const [code, exitCode] of expected) {
  test(`${code} ends with ${exitCode}`, () => assert.equal(exitCodeFor(code), exitCode))
}

test('every problem has an exit code, and none looks like success or like a command in a sandbox', () => {
  for (const code of Object.keys(problems) as ProblemCode[]) {
    assert.ok(exitCodeFor(code) >= 1 && exitCodeFor(code) <= 7, code)
  }
})

test('the reference page lists every exit code with its meaning', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/exit-codes.md'), 'utf8')
  for (const { code, meaning } of Object.values(exitCodes))
    assert.ok(page.includes(`| ${code} | ${meaning} |`), meaning)
})

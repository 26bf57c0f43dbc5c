import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxBench } from './sandbox-bench.ts'

/**
 * Runs an attacker's program of `inside/` in the sandbox. It gets the facts as JSON, and prints what each of its attempts
 * came to as one JSON object.
 */
export async function runInside(
  bench: Pick<SandboxBench, 'run'>,
  program: string,
  facts: object = {},
): Promise<Record<string, string>> {
  const source = readFileSync(join(import.meta.dirname, 'inside', `${program}.py`), 'utf8')
  const { code, stdout, stderr } = await bench.run(['/usr/bin/python3', '-c', source, JSON.stringify(facts)])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Record<string, string>
}

/** Asserts that no attempt came to anything but one of the allowed outcomes. */
export function assertAll(outcomes: Readonly<Record<string, string>>, allowed: RegExp): void {
  const wrong = Object.entries(outcomes).filter(([, outcome]) => !allowed.test(outcome))
  assert.ok(Object.keys(outcomes).length > 0, 'nothing was attempted')
  assert.deepEqual(wrong, [])
}

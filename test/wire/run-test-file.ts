import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a file of tests of this folder in a process of its own. Rejects with what it says where a test of it fails. */
export async function runTestFile(
  file: string,
  options: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const args = ['--conditions=source', ...options, '--test', '--test-force-exit', file]
  const place = { cwd: import.meta.dirname, env: { ...env, ...variables }, maxBuffer: 2 ** 26 }
  await promisify(execFile)(process.execPath, args, place).catch(({ stdout }) => assert.fail(stdout))
}

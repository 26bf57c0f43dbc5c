import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { startLiveSandbox } from '../live-sandbox.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'
import { goodRequest } from './sandbox.ts'

/** What the kernel lets the broker write to files; beyond it every write fails, as on a full disk. */
function limitFiles({ caller: { uid }, broker }: Stage, size: '0' | 'unlimited'): void {
  // Root may lack the right to do this to others, who always have it over themselves.
  const become =
    process.getuid?.() === uid ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']
  const [program = '', ...args] = [...become, 'prlimit', '--pid', String(broker.pid), `--fsize=${size}:`]
  execFileSync(program, args)
}

/** A disk on which nothing can be written any more. */
export const fullDisk: Door = {
  name: 'a journal and a database that cannot be written',
  async walk(stage) {
    const { next, stored, inline } = stage.values
    const live = await startLiveSandbox(stage)
    limitFiles(stage, '0')
    try {
      const before = stage.services.good.requests.length
      assert.match(await live.do(goodRequest), /HTTP\/[\d.]+ 503/)
      assert.equal(stage.services.good.requests.length, before, 'a request went out unrecorded')
      const scopes = [stage.scope('good.service.test')]
      for (const [method, path, body] of [
        ['POST', '/v1/secrets', { name: 'unwritten', value: next.value, scopes }],
        ['POST', '/v1/secrets/key/rotate', { value: next.value }],
        [
          'PATCH',
          '/v1/secrets/key',
          { scopes: [...scopes, { to: 'x.example', inject: { kind: 'bearer' } }], value: stored.value },
        ],
        ['POST', '/v1/sandboxes', { credentials: { STRIPE_SECRET_KEY: inline.value } }],
        ['DELETE', '/v1/secrets/key', undefined],
      ] as const) {
        const { status } = await stage.ask({ method, path, body })
        assert.ok(status >= 500, `${status} to ${method} ${path}`)
      }
      await stage.command(['status'])
      await stage.command(['logs', '--limit', '5'])
    } finally {
      limitFiles(stage, 'unlimited')
    }
    assert.match(await live.do(goodRequest), /HTTP\/[\d.]+ 200/)
    await live.end()
  },
}

/** Everything that tells what happened. */
export const journalAndLogs: Door = {
  name: 'logs, verification, checkpoint and status',
  async walk(stage) {
    for (const args of [
      ...[['logs', '--limit', '1000'], ['logs', '--json', '--limit', '1000'], ['status'], ['status', '--json']],
      ...[
        ['audit', 'verify'],
        ['audit', 'checkpoint'],
        ['logs', '--kind', 'requests', '--secret', 'key'],
      ],
    ]) {
      const { code, stdout, stderr } = await stage.command(args)
      assert.equal(code, 0, stderr)
      assert.ok(stdout.length > 0)
    }
  },
}

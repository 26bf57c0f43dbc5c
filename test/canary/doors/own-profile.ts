import assert from 'node:assert/strict'
import type { Door } from './door.ts'

const profile = 'name: checkout\nsecrets: { KEY: key }\n'

/** A profile that an operator makes, with a key pasted into what describes it. */
export const ownProfile: Door = {
  name: 'a profile of one’s own, with a key pasted into its description',
  once: true,
  async walk(stage) {
    const { value } = stage.values.next
    const descriptions: readonly (readonly [text: string, code: number])[] = [
      [`${profile}apiKey: ${value}\n`, 2],
      [`${profile}  ${value}: [\n`, 2],
      [`*${value}`, 2],
      [`name: checkout\nsecrets: { KEY: ${value} }\n`, 3],
      [profile, 0],
    ]
    for (const [text, expected] of descriptions) {
      const { code, stderr } = await stage.withFile(text, (file) => stage.command(['profile', 'apply', file]))
      assert.equal(code, expected, stderr)
    }
    for (const body of [
      { [value]: value },
      { name: value },
      { secrets: { [`${value}-`]: 'key' } },
      { secrets: { KEY: value } },
      { rules: { [value]: { default: 'deny', rules: [] } } },
      { network: { allow: [`${value}/x y`] } },
      { network: { deny: [`${value}:1`] } },
      { caps: [{ unit: value, limit: 1, window: 'day' }] },
      { description: `${value}\n` },
      { credentials: { KEY: value } },
    ]) {
      const { status, text } = await stage.ask({
        method: 'PUT',
        path: '/v1/profiles/second',
        body: { name: 'second', ...body },
      })
      assert.ok(status >= 400 && status < 500, text)
    }
    const ran = await stage.command(['run', '--profile', 'checkout', '--', 'printenv', 'KEY'])
    assert.equal(ran.code, 0, ran.stderr)
    for (const path of ['/v1/profiles', '/v1/profiles/checkout'])
      assert.equal((await stage.ask({ method: 'GET', path })).status, 200)
    for (const args of [
      ['reach', '--profile', 'checkout'],
      ['profile', 'show', 'checkout'],
      ['profile', 'delete', 'checkout'],
    ])
      assert.equal((await stage.command(args)).code, 0)
  },
}

import assert from 'node:assert/strict'
import type { Door } from './door.ts'

const provider =
  'id: acme\nvariables: [ACME_API_KEY]\nhosts:\n  - host: api.acme.example\n    injectors: [{kind: bearer}]\n'

/** A provider that an operator describes, with a key pasted into its description, and a secret made from it. */
export const ownProvider: Door = {
  name: 'a provider of one’s own, with a key pasted into its description',
  once: true,
  async walk(stage) {
    const { next } = stage.values
    const descriptions: readonly (readonly [text: string, code: number])[] = [
      [`${provider}apiKey: ${next.value}\n`, 2],
      [`${provider}  ${next.value}: [\n`, 2],
      [`*${next.value}`, 2],
      [provider, 0],
    ]
    for (const [text, expected] of descriptions) {
      const { code, stderr } = await stage.withFile(text, (file) => stage.command(['provider', 'apply', file]))
      assert.equal(code, expected, stderr)
    }
    const { value } = next
    const hosts = [{ host: 'api.acme.example', injectors: [{ kind: 'bearer' }] }]
    for (const body of [
      { id: value, hosts },
      { id: 'acme2', hosts, [value]: value },
      { id: 'acme2', hosts, variables: [`${value} x`] },
      { id: 'acme2', hosts: [{ host: 'api.acme.example', injectors: [{ kind: value }] }] },
      { id: 'acme2', hosts: [{ host: `${value}/x y` }] },
      { id: 'acme2', hosts, baseUrlVariables: [{ name: `${value} ` }] },
      { id: 'acme2', hosts, dangerous: [{ method: value, path: value }] },
    ]) {
      const { status, text } = await stage.ask({ method: 'POST', path: '/v1/providers', body })
      assert.ok(status >= 400 && status < 500, text)
    }
    const created = await stage.command(['secret', 'create', 'acme', '--provider', 'acme'], { stdin: value })
    assert.equal(created.code, 0, created.stderr)
    const ran = await stage.command(['run', '--secret', 'ACME_API_KEY=acme', '--', 'printenv'])
    assert.equal(ran.code, 0, ran.stderr)
    for (const path of ['/v1/providers/acme', '/v1/secrets/acme', '/v1/providers?limit=200'])
      assert.equal((await stage.ask({ method: 'GET', path })).status, 200)
    await stage.client.secrets.delete('acme')
    assert.equal((await stage.command(['provider', 'delete', 'acme'])).code, 0)
  },
}

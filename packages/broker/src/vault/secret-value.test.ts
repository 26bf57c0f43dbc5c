import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { SecretValue } from './secret-value.ts'

const text = 'sk_live_canary_7f3a9b'

test('R-77: a secret value prints as [secret] wherever it is printed', () => {
  using value = new SecretValue(Buffer.from(text))
  const nested = { value, list: [value], error: new Error('x', { cause: value }) }
  const outputs = [
    String(value),
    `${value}`,
    JSON.stringify({ value }),
    inspect(value, { showHidden: true, depth: 9 }),
    inspect(nested, { showHidden: true, depth: 9 }),
    format('%s %o %j %O', value, value, value, nested),
    JSON.stringify(Object.entries(value)),
    JSON.stringify(Object.getOwnPropertyNames(value)),
  ]
  for (const output of outputs) {
    for (const form of [text, Buffer.from(text).toString('base64'), Buffer.from(text).toString('hex'), '115, 107']) {
      assert.ok(!output.includes(form), output)
    }
  }
  assert.equal(String(value), '[secret]')
  assert.equal(JSON.stringify(value), '"[secret]"')
})

test('a disposed value is all zeros', () => {
  const bytes = Buffer.from(text)
  {
    using value = new SecretValue(bytes)
    assert.equal(
      value.use((inside) => Buffer.from(inside).toString()),
      text,
    )
  }
  assert.ok(bytes.every((byte) => byte === 0))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headWith, testInjector } from '../injector.suite.ts'
import { header } from './header.ts'

testInjector('header', {
  injector: header,
  spec: { kind: 'header', name: 'X-Api-Key' },
  field: (secret) => ({ name: 'x-api-key', value: secret }),
  undeclared: [
    (placeholder) => ({ name: 'x_api_key', value: placeholder }),
    (placeholder) => ({ name: 'x-api-key', value: `Bearer ${placeholder}` }),
    (placeholder) => ({ name: 'x-api-key', value: ` ${placeholder}` }),
    (placeholder) => ({ name: 'x-api-key', value: `${placeholder}, ${placeholder}` }),
  ],
  invalid: [
    { kind: 'header' },
    { kind: 'header', name: '' },
    { kind: 'header', name: 'x api' },
    { kind: 'header', name: 'x:y' },
    { kind: 'header', name: 'x\r\ny' },
    { kind: 'header', name: 'Host' },
    { kind: 'header', name: 'transfer-encoding' },
    { kind: 'header', name: 'User-Agent' },
    { kind: 'header', name: 'Cookie' },
    { kind: 'header', name: 'x'.repeat(65) },
    { kind: 'header', name: 'x-key', prefix: '' },
    { kind: 'header', name: 'x-key', prefix: ' Key' },
    { kind: 'header', name: 'x-key', prefix: 'Key\r\n' },
    { kind: 'header', name: 'x-key', prefix: 'k'.repeat(65) },
    { kind: 'header', name: 'x-key', scheme: 'Bearer' },
  ],
})

testInjector('header with a prefix', {
  injector: header,
  spec: { kind: 'header', name: 'Authorization', prefix: 'Token token=' },
  field: (secret) => ({ name: 'Authorization', value: `Token token=${secret}` }),
  undeclared: [
    (placeholder) => ({ name: 'Authorization', value: placeholder }),
    (placeholder) => ({ name: 'Authorization', value: `token token=${placeholder}` }),
    (placeholder) => ({ name: 'Authorization', value: `Token  token=${placeholder}` }),
  ],
  invalid: [],
})

test('header sends bytes above ASCII as they are (R-67)', () => {
  const head = headWith({ name: 'X-Key', value: 'placeholder-of-this-sandbox' })
  const value = Buffer.from('schlüssel mit leerzeichen', 'utf8')
  header.prepare({ kind: 'header', name: 'x-key' }).apply(head, 'placeholder-of-this-sandbox', value)
  assert.deepEqual(Buffer.from(head.fields[0]!.value, 'latin1'), value)
})

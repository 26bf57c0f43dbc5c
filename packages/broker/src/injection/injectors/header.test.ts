import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headWith, type InjectorCase, testInjector, testSoleField } from '../injector.suite.ts'
import { header } from './header.ts'

const plain: InjectorCase = {
  injector: header,
  spec: { kind: 'header', name: 'X-Api-Key' },
  part: (secret) => ({ fields: [{ name: 'x-api-key', value: secret }] }),
  undeclared: [
    (placeholder) => ({ fields: [{ name: 'x_api_key', value: placeholder }] }),
    (placeholder) => ({ fields: [{ name: 'x-api-key', value: `Bearer ${placeholder}` }] }),
    (placeholder) => ({ fields: [{ name: 'x-api-key', value: ` ${placeholder}` }] }),
    (placeholder) => ({ fields: [{ name: 'x-api-key', value: `${placeholder}, ${placeholder}` }] }),
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
    { kind: 'header', name: ['x-key'] },
  ],
  attached: (secret) => ({ fields: [{ name: 'X-Api-Key', value: secret }] }),
}
testInjector('header', plain)
testSoleField('header', plain)

testInjector('header with a prefix', {
  injector: header,
  spec: { kind: 'header', name: 'Authorization', prefix: 'Token token=' },
  part: (secret) => ({ fields: [{ name: 'Authorization', value: `Token token=${secret}` }] }),
  undeclared: [
    (placeholder) => ({ fields: [{ name: 'Authorization', value: placeholder }] }),
    (placeholder) => ({ fields: [{ name: 'Authorization', value: `token token=${placeholder}` }] }),
    (placeholder) => ({ fields: [{ name: 'Authorization', value: `Token  token=${placeholder}` }] }),
  ],
  invalid: [],
  attached: (secret) => ({ fields: [{ name: 'Authorization', value: `Token token=${secret}` }] }),
})

test('header sends bytes above ASCII as they are (R-67)', () => {
  const head = headWith({ name: 'X-Key', value: 'placeholder-of-this-sandbox' })
  const value = Buffer.from('schlüssel mit leerzeichen', 'utf8')
  header.prepare({ kind: 'header', name: 'x-key' }).apply(head, 'placeholder-of-this-sandbox', value)
  assert.deepEqual(Buffer.from(head.fields[0]!.value, 'latin1'), value)
})

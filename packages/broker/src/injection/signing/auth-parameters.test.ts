import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAuthParameters, parseAuthParameters } from './auth-parameters.ts'

const read = (text: string): unknown => parseAuthParameters(text)?.map(({ name, value }) => [name, value])

test('parameters are read with their quotes undone, and written as they were', () => {
  const text = 'Username="a \\"b\\" \\\\ c", nc=00000001, empty="", uri="/a,b=c;d"'
  assert.deepEqual(read(text), [
    ['Username', 'a "b" \\ c'],
    ['nc', '00000001'],
    ['empty', ''],
    ['uri', '/a,b=c;d'],
  ])
  assert.equal(formatAuthParameters(parseAuthParameters(text)!), text)
})

test('space around the marks is let be', () => {
  assert.deepEqual(read(' a = "1" ,\tb=2 '), [
    ['a', '1'],
    ['b', '2'],
  ])
})

for (const text of [
  '',
  ' ',
  'a',
  'a=',
  'a="1',
  'a="1" b=2',
  'a=1,',
  'a=1, ',
  ',a=1',
  'a=1,,b=2',
  'a=1, A=2',
  'ü=1',
  'a="1"2',
]) {
  test(`not well formed: ${JSON.stringify(text)}`, () => {
    assert.equal(parseAuthParameters(text), undefined)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withCookies } from './with-cookies.ts'

const line = (name: string, value: string) => ({ name, value })
const pair = line

test('the cookies of a client stay, but those of the same name', () => {
  const fields = [line('A', '1'), line('cookie', 'a=1; b=2; a=3'), line('B', '2')]
  assert.deepEqual(withCookies(fields, [pair('a', '9'), pair('c', '8')], 'give way'), [
    line('A', '1'),
    line('cookie', 'b=2; a=9; c=8'),
    line('B', '2'),
  ])
})

test('a cookie that is a secret stays', () => {
  assert.deepEqual(withCookies([line('Cookie', 'a=1')], [pair('a', '9'), pair('c', '8')], 'stay'), [
    line('Cookie', 'a=1; c=8'),
  ])
})

test('several fields become one, and where there is none it comes last', () => {
  assert.deepEqual(withCookies([line('Cookie', 'a=1'), line('Cookie', 'b=2')], [pair('c', '3')], 'give way'), [
    line('Cookie', 'a=1; b=2; c=3'),
  ])
  assert.deepEqual(withCookies([line('A', '1')], [pair('c', '3')], 'give way'), [line('A', '1'), line('Cookie', 'c=3')])
})

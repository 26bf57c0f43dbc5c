import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { portPlaceOf } from './port-place-of.ts'
import { readDoor } from './read-door.ts'
import type { ProxyDoorSettings } from './settings.ts'

const listen = { host: '127.0.0.1', port: 7071 }

function placeOf(settings: Partial<ProxyDoorSettings>) {
  return portPlaceOf(readDoor('proxy', { listen, ...settings }))
}

test('beside a door on loopback there are ports on loopback, called as the door is', () => {
  const usual = { host: '127.0.0.1', name: '127.0.0.1', ports: [20_000, 29_999], isKept: true }
  assert.deepEqual(placeOf({}), usual)
  assert.deepEqual(placeOf({ listen: { host: '::1', port: 0 } }), { ...usual, isKept: false })
  assert.deepEqual(placeOf({ publicUrl: 'http://localhost:7071' }), { ...usual, name: 'localhost' })
})

test('SEC-08: without a word of the operator there are none off loopback, nor behind something that expects HTTP', () => {
  assert.equal(portPlaceOf(undefined), undefined)
  assert.equal(portPlaceOf({ host: '10.0.0.1', port: 7071 }), undefined)
  assert.equal(portPlaceOf({ host: '127.0.0.1', port: 7071, publicUrl: 'https://broker.example' }), undefined)
})

test('the operator says where they are, and how they are called', () => {
  const connections = '172.17.0.1:24000-24099'
  assert.deepEqual(placeOf({ connections }), {
    host: '172.17.0.1',
    name: '172.17.0.1',
    ports: [24_000, 24_099],
    isKept: true,
  })
  assert.equal(placeOf({ connections, publicUrl: 'http://localhost:7071' })?.name, 'localhost')
})

for (const connections of [
  '',
  'localhost',
  '::1',
  '10.0.0.1:80-90',
  '10.0.0.1:9000-8000',
  '10.0.0.1:9000-70000',
  '1.2.3',
  '0.0.0.0',
]) {
  test(`"${connections}" is no place for ports`, () => {
    const isRefused = (error: unknown) => error instanceof CoatcheckError && error.code === 'settings_invalid'
    assert.throws(() => placeOf({ connections }), isRefused)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ending } from './ending.ts'
import { refuse } from './refusal.ts'

const first = refuse('grant_expired')

test('N2: everybody who listens hears of an end once, and the first reason stays', () => {
  const ending = new Ending()
  const heard: string[] = []
  ending.onEnd(() => heard.push('one'))
  ending.onEnd(() => heard.push('two'))
  assert.equal(ending.reason, undefined)
  ending.end(first)
  ending.end(refuse('sandbox_expired'))
  assert.deepEqual(heard, ['one', 'two'])
  assert.equal(ending.reason, first)
})

test('N2: who comes too late hears of it at once', () => {
  const ending = new Ending()
  ending.end(first)
  let heard = 0
  ending.onEnd(() => {
    heard += 1
  })
  assert.equal(heard, 1)
  assert.equal(ending.signal.reason, first)
})

test('who took back the question hears nothing', () => {
  const ending = new Ending()
  const silent = (): void => assert.fail('heard')
  let heard = 0
  ending.onEnd(silent)
  ending.onEnd(() => {
    heard += 1
  })
  ending.offEnd(silent)
  ending.offEnd(silent)
  ending.end(first)
  assert.equal(heard, 1)
})

test('a listener that takes itself back while it is told keeps nobody else from hearing', () => {
  const ending = new Ending()
  const heard: string[] = []
  const one = (): void => {
    heard.push('one')
    ending.offEnd(one)
  }
  ending.onEnd(one)
  ending.onEnd(() => heard.push('two'))
  ending.end(first)
  assert.deepEqual(heard, ['one', 'two'])
})

test('its signal is aborted with the same reason, whether it was asked for before or after', () => {
  const before = new Ending()
  const { signal } = before
  assert.equal(signal.aborted, false)
  before.end(first)
  assert.equal(signal.aborted, true)
  assert.equal(signal.reason, first)
  assert.equal(before.signal, signal)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closestName } from './closest-name.ts'

const names = ['stripe', 'github', 'openai', 'anthropic']
for (const [typed, meant] of [
  ['strpe', 'stripe'],
  ['Stripe', 'stripe'],
  ['gtihub', 'github'],
  ['openia', 'openai'],
  ['antropic', 'anthropic'],
  ['bitbucket', undefined],
  ['x', undefined],
  ['sk_live_0123456789abcdef', undefined],
] as const) {
  test(`${typed} means ${meant ?? 'nothing known'}`, () => assert.equal(closestName(typed, names), meant))
}

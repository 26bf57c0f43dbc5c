import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findShape, matchShape } from './match-shape.ts'
import { anthropic } from './providers/anthropic.ts'
import { github } from './providers/github.ts'
import { openai } from './providers/openai.ts'
import { stripe } from './providers/stripe.ts'

const long = (length: number): string => 'aB3'.repeat(length).slice(0, length)

const cases = [
  [openai, `sk-proj-${long(74)}T3BlbkFJ${long(74)}`, 'project key'],
  [openai, `sk-svcacct-${long(40)}T3BlbkFJ${long(60)}`, 'service account key'],
  [openai, `sk-${long(20)}T3BlbkFJ${long(20)}`, 'legacy user key'],
  [openai, `sk-proj-${long(200)}`, 'project key'],
  [anthropic, `sk-ant-api03-${long(93)}AA`, 'API key'],
  [anthropic, `sk-ant-oat01-${long(95)}`, 'OAuth access token'],
  [stripe, `rk_live_${long(99)}`, 'restricted live key'],
  [github, `ghp_${long(36)}`, 'classic personal access token'],
  [github, `github_pat_${long(22)}_${long(59)}`, 'fine-grained personal access token'],
  [github, `ghs_1234567_eyJ${long(60)}.eyJ${long(200)}.${long(90)}`, 'installation token'],
  [github, 'hunter2-hunter2-hunter2', undefined],
  [stripe, '', undefined],
  [openai, 'xsk-proj-aaaaaaaa', undefined],
] as const

for (const [provider, value, label] of cases) {
  test(`${provider.id}: ${value.slice(0, 16)}… of ${value.length} is ${label ?? 'of no known shape'} (S2)`, () => {
    const shape = matchShape(provider, value)
    assert.equal(shape?.label, label)
    if (label !== undefined) assert.equal(findShape(provider, label), shape)
  })
}

test('patterns take linear time over long input', () => {
  const hostile = `sk-svcacct-${'T3BlbkFJ'.repeat(20_000)}`
  for (const provider of [openai, anthropic, stripe, github]) {
    for (const { pattern } of provider.keyShapes) assert.equal(pattern.test(hostile), false)
  }
})

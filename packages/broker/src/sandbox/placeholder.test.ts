import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { findProvider, type KeyShape, providers } from '@coatcheck/catalog'
import OpenAI from 'openai'
import Stripe from 'stripe'
import { newPlaceholder } from './placeholder.ts'

const shapes: readonly (KeyShape | undefined)[] = [undefined, ...providers.flatMap(({ keyShapes }) => keyShapes)]

/** What scanners for leaked keys look for, anywhere in a text. */
const scannerForms = [
  /sk-(?:proj|svcacct|admin)-[\w-]{20,74}T3BlbkFJ[\w-]{20,74}/,
  /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/,
  /sk-[A-Za-z0-9]{32,48}/,
  /sk-ant-(?:api03|admin01)-[\w-]{93}AA/,
  /sk-ant-o[ar]t01-[\w-]{40,}/,
  /[rs]k_(?:live|prod|test)_[A-Za-z0-9]{10,247}/,
  /gh[opr]_[A-Za-z0-9]{36}/,
  /gh[su]_[A-Za-z0-9._-]{36,}/,
  /github_pat_\w{82}/,
  /AKIA[A-Z2-7]{16}/,
  /AIza[\w-]{35}/,
  /xox[a-z]-[0-9]{10,13}-/,
]

/** 10,000 placeholders over all shapes. */
function* samples(): Generator<{ text: string; shape: KeyShape | undefined }> {
  for (let index = 0; index < 10_000; index += 1) {
    const shape = shapes[index % shapes.length]
    yield { text: newPlaceholder(shape), shape }
  }
}

test('R-68: placeholders are pairwise distinct, of token characters, and begin as the keys of their provider do', () => {
  const seen = new Set<string>()
  for (const { text, shape } of samples()) {
    assert.match(text, /^(?:[0-9]+:)?[A-Za-z0-9_.-]{32,128}$/)
    assert.ok(text.startsWith(shape?.prefix ?? 'coatcheck_'))
    assert.doesNotMatch(text, /0{12}|x{12}/i)
    seen.add(text)
  }
  assert.equal(seen.size, 10_000)
})

test('R-68: every random position takes every character of its alphabet', () => {
  const positions = Array.from({ length: 24 }, () => new Set<string>())
  for (let index = 0; index < 3_000; index += 1) {
    for (const [position, character] of [...newPlaceholder(undefined).slice(-24)].entries()) {
      positions[position]!.add(character)
    }
  }
  for (const characters of positions) assert.equal(characters.size, 61)
})

test('R-14: a secret that is stored again under its old name gets another placeholder', () => {
  const shape = findProvider('stripe')!.keyShapes[0]!
  assert.notEqual(newPlaceholder(shape), newPlaceholder(shape))
})

test('S2: scanners for leaked keys stay quiet', () => {
  for (const { text, shape } of samples()) {
    assert.doesNotMatch(text, /T3BlbkFJ|AA$/)
    if (shape !== undefined && shape.clientsDemandForm !== true) assert.doesNotMatch(text, shape.pattern)
    for (const form of scannerForms) assert.doesNotMatch(`KEY="${text}"`, form)
  }
})

test('S2: the constructors of the published SDKs accept placeholders of every shape', () => {
  const shapesOf = (id: string): readonly KeyShape[] => findProvider(id)!.keyShapes
  for (const shape of shapesOf('openai')) {
    const apiKey = newPlaceholder(shape)
    assert.equal(new OpenAI({ apiKey }).apiKey, apiKey)
  }
  for (const shape of shapesOf('anthropic')) {
    const apiKey = newPlaceholder(shape)
    assert.equal(new Anthropic({ apiKey }).apiKey, apiKey)
  }
  for (const shape of shapesOf('stripe')) assert.ok(new Stripe(newPlaceholder(shape)) instanceof Stripe)
})

/** What the published clients of providers check of a key before they send anything, by the label of its shape. */
const clientChecks: readonly (readonly [provider: string, label: string, check: RegExp])[] = [
  ['e2b', 'API key', /^e2b_[0-9a-f]+$/],
  ['fal', 'API key', /^[^:]+:[^:]+$/],
  ['minimax', 'plan key', /^sk-cp-/],
  ['shopify', 'theme access password', /^shptka_/],
  ['supabase', 'personal access token', /^sbp_(?:oauth_)?[a-f0-9]{40}$/],
  ['telegram', 'bot token', /^[0-9]+:\S+$/],
  ['vercel', 'personal access token', /^\w+$/],
  ['voyage', 'MongoDB key', /^al-/],
  ['wandb', 'key of the first version', /^[\w-]{40,}$/],
  ['wandb', 'older key', /^\w{40}$/],
]

for (const [provider, label, check] of clientChecks) {
  test(`S2: the client of ${provider} takes the placeholder of its ${label}`, () => {
    const shape = findProvider(provider)!.keyShapes.find((candidate) => candidate.label === label)
    assert.ok(shape !== undefined)
    for (let index = 0; index < 100; index += 1) assert.match(newPlaceholder(shape), check)
  })
}

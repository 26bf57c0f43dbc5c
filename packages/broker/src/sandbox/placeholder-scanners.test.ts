import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type KeyShape, providers } from '@coatcheck/catalog'
import { newPlaceholder } from './placeholder.ts'

/** A rule of the published scanner, its expression in the form of this language. */
interface ScannerRule {
  readonly id: string
  readonly regex: string
  readonly flags?: string
  /** A match below this many bits for each character is no finding. */
  readonly entropy?: number
  readonly secretGroup?: number
  /** One of them stands in a text that the rule is tried on. */
  readonly keywords?: readonly string[]
  /** Words that no key has in it; of the published ones, those that are part of our mark. */
  readonly stopwords?: readonly string[]
  /** Names of the only files that the rule is for. */
  readonly path?: string
}

/** Placeholders that are looked at, over all shapes. */
const samples = 10_000

/** Rules about where a word stands, not what it is: they take anything behind a field of credentials for one. */
const aboutThePlace: ReadonlySet<string> = new Set(['curl-auth-header', 'curl-auth-user'])

/** Shapes whose clients take hexadecimal digits only, which leaves no room for our mark, and rules that match such words. */
const unavoidable: Readonly<Record<string, readonly string[]>> = {
  'e2b: API key': ['generic-api-key'],
  'supabase: personal access token': ['generic-api-key'],
}

const data = readFileSync(new URL('leak-scanner-rules.json', import.meta.url), 'utf8')
const rules = (JSON.parse(data) as { readonly rules: readonly ScannerRule[] }).rules
  .filter(({ path, id }) => path === undefined && !aboutThePlace.has(id))
  .map((rule) => ({ ...rule, expression: new RegExp(rule.regex, rule.flags) }))

interface Sample {
  readonly name: string
  readonly variable: string
  readonly shape: KeyShape | undefined
}

const shapes: readonly Sample[] = providers.flatMap(({ id, variables, keyShapes }) => {
  const variable = variables[0] ?? 'KEY'
  const known = keyShapes.map((shape) => ({ name: `${id}: ${shape.label}`, variable, shape }))
  return [...known, { name: `${id}: unknown`, variable, shape: undefined }]
})

/** How a key stands in files that scanners read. */
const settings: readonly ((variable: string, text: string) => string)[] = [
  (variable, text) => `${variable}=${text}\n`,
  (variable, text) => `"${variable}": "${text}",`,
  (variable, text) => `export ${variable}='${text}'`,
  (_variable, text) => `headers: { Authorization: "Bearer ${text}" }`,
  (_variable, text) => `https://api.example.com/v1?key=${text}&limit=1`,
]

test('S2: the rules of a published scanner find none of ten thousand placeholders, except where clients leave no choice', () => {
  const found = new Map<string, Set<string>>()
  for (let index = 0; index < samples; index += 1) {
    const { name, variable, shape } = shapes[index % shapes.length]!
    const text = newPlaceholder(shape)
    const line = settings[Math.floor(index / shapes.length) % settings.length]!(variable, text)
    for (const id of findings(line)) found.set(name, (found.get(name) ?? new Set()).add(id))
  }
  assert.deepEqual(Object.fromEntries([...found].map(([name, ids]) => [name, [...ids].sort()])), unavoidable)
})

test('S2: no shape of the catalog that has a public prefix fits a placeholder, except where clients demand it', () => {
  const patterns = shapes.flatMap(({ shape }) => (shape === undefined || shape.prefix === '' ? [] : [shape]))
  const fitting = new Set<string>()
  for (let index = 0; index < samples; index += 1) {
    const { name, shape } = shapes[index % shapes.length]!
    const text = newPlaceholder(shape)
    if (patterns.some(({ pattern }) => pattern.test(text))) fitting.add(name)
  }
  const demanded = shapes.filter(({ shape }) => shape?.clientsDemandForm === true).map(({ name }) => name)
  assert.deepEqual([...fitting], demanded)
})

test('the rules are those of the scanner: each finds a key that it is for', () => {
  const long = (length: number): string => 'aB3xY7qR9kLm2Zt5'.repeat(length).slice(0, length)
  for (const [id, line] of [
    ['github-pat', `GITHUB_TOKEN=ghp_${long(36)}\n`],
    ['stripe-access-token', `key: "sk_live_${long(40)}"`],
    ['anthropic-api-key', `ANTHROPIC_API_KEY=sk-ant-api03-${long(93)}AA\n`],
    ['generic-api-key', `API_KEY="q8Zk3Lw0Pn5Rt2Vb7Xc1Md6"\n`],
    ['databricks-api-token', `DATABRICKS_TOKEN=dapi${'0a1b2c3d'.repeat(4)}\n`],
  ] as const) {
    assert.ok(findings(line).includes(id), `${id} in ${findings(line).join()}`)
  }
})

/** Ids of the rules that take something in this line for a key. */
function findings(line: string): readonly string[] {
  const lower = line.toLowerCase()
  return rules.filter((rule) => finds(rule, line, lower)).map(({ id }) => id)
}

function finds(rule: (typeof rules)[number], line: string, lower: string): boolean {
  const { entropy = 0, expression, keywords = [''], secretGroup, stopwords = [] } = rule
  if (!keywords.some((word) => lower.includes(word))) return false
  const match = expression.exec(line)
  if (match === null) return false
  const groups = match.slice(1).filter((group) => group !== undefined && group !== '')
  const secret = (secretGroup === undefined ? groups[0] : match[secretGroup]) ?? match[0]
  return entropyOf(secret) > entropy && !stopwords.some((word) => secret.toLowerCase().includes(word))
}

/** Shannon’s measure, in bits for each character. */
function entropyOf(text: string): number {
  const counts = Map.groupBy(text, (character) => character)
  const shares = [...counts.values()].map(({ length }) => length / text.length)
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0)
}

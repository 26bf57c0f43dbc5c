import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { providerForVariable } from '@coatcheck/catalog'
import { GoogleGenAI } from '@google/genai'
import { LinearClient } from '@linear/sdk'
import { FirecrawlClient } from '@mendable/firecrawl-js'
import { Client as NotionClient } from '@notionhq/client'
import { Octokit } from '@octokit/rest'
import { WebClient } from '@slack/web-api'
import { Exa } from 'exa-js'
import Groq from 'groq-sdk'
import OpenAI from 'openai'
import { Resend } from 'resend'
import Stripe from 'stripe'
import twilio from 'twilio'
// By its file: under the condition `source` its package name leads to TypeScript, which Node does not run from there.
import { Mistral } from '../../node_modules/@mistralai/mistralai/esm/index.js'
import { openWorld, type World } from '../wire/world.ts'

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world[Symbol.asyncDispose]())

const long = (length: number): string => 'aB3'.repeat(length).slice(0, length)
const digits = (length: number): string => '1234567890'.repeat(2).slice(0, length)

/** A variable, a key of the form that belongs in it, how the placeholder begins, and the constructor of the real client. */
const cases: readonly (readonly [string, string, string, string, (key: string) => unknown])[] = [
  [
    'OpenAI',
    'OPENAI_API_KEY',
    `sk-proj-${long(74)}T3BlbkFJ${long(74)}`,
    'sk-proj-',
    (apiKey) => new OpenAI({ apiKey }),
  ],
  ['OpenAI', 'OPENAI_API_KEY', `sk-${long(20)}T3BlbkFJ${long(20)}`, 'sk-', (apiKey) => new OpenAI({ apiKey })],
  [
    'Anthropic',
    'ANTHROPIC_API_KEY',
    `sk-ant-api03-${long(93)}AA`,
    'sk-ant-api03-',
    (apiKey) => new Anthropic({ apiKey }),
  ],
  [
    'Anthropic OAuth',
    'CLAUDE_CODE_OAUTH_TOKEN',
    `sk-ant-oat01-${long(95)}`,
    'sk-ant-oat01-',
    (authToken) => new Anthropic({ authToken, apiKey: null }),
  ],
  ['Gemini', 'GOOGLE_API_KEY', `AIza${long(35)}`, 'AIza', (apiKey) => new GoogleGenAI({ apiKey })],
  ['Gemini', 'GEMINI_API_KEY', `AQ.${long(50)}`, 'AQ.', (apiKey) => new GoogleGenAI({ apiKey })],
  ['GitHub classic', 'GITHUB_TOKEN', `ghp_${long(36)}`, 'ghp_', (auth) => new Octokit({ auth })],
  ['GitHub fine-grained', 'GITHUB_TOKEN', `github_pat_${long(82)}`, 'github_pat_', (auth) => new Octokit({ auth })],
  ['GitHub app', 'GITHUB_TOKEN', `ghs_${long(36)}`, 'ghs_', (auth) => new Octokit({ auth })],
  [
    'Slack bot',
    'SLACK_BOT_TOKEN',
    `xoxb-${digits(12)}-${digits(12)}-${long(24)}`,
    'xoxb-',
    (token) => new WebClient(token),
  ],
  [
    'Slack app',
    'SLACK_APP_TOKEN',
    `xapp-1-A1B2-${digits(12)}-${'a1'.repeat(32)}`,
    'xapp-',
    (token) => new WebClient(token),
  ],
  ['Stripe', 'STRIPE_SECRET_KEY', `sk_live_${long(99)}`, 'sk_live_', (key) => new Stripe(key)],
  ['Groq', 'GROQ_API_KEY', `gsk_${long(52)}`, 'gsk_', (apiKey) => new Groq({ apiKey })],
  ['Mistral', 'MISTRAL_API_KEY', long(32), 'coatcheck_', (apiKey) => new Mistral({ apiKey })],
  ['Notion', 'NOTION_TOKEN', `ntn_${digits(11)}${long(35)}`, 'ntn_', (auth) => new NotionClient({ auth })],
  ['Linear', 'LINEAR_API_KEY', `lin_api_${long(40)}`, 'lin_api_', (apiKey) => new LinearClient({ apiKey })],
  ['Resend', 'RESEND_API_KEY', `re_${long(8)}_${long(24)}`, 're_', (key) => new Resend(key)],
  ['Exa', 'EXA_API_KEY', '01234567-89ab-cdef-0123-456789abcdef', 'coatcheck_', (key) => new Exa(key)],
  ['Firecrawl', 'FIRECRAWL_API_KEY', `fc-${'0a'.repeat(16)}`, 'fc-', (apiKey) => new FirecrawlClient({ apiKey })],
  ['Twilio', 'TWILIO_AUTH_TOKEN', '0a'.repeat(16), 'coatcheck_', (token) => twilio(`AC${'0a'.repeat(16)}`, token)],
]

for (const [name, variable, key, lead, construct] of cases) {
  test(`AC-4.3: the client of ${name} takes the placeholder for a key that begins ${key.slice(0, 8)}`, async () => {
    const [one, other] = [
      await world.createSandbox({ credentials: { [variable]: key } }),
      await world.createSandbox({ credentials: { [variable]: key } }),
    ]
    const placeholder = one.placeholder(variable)
    assert.ok(placeholder.startsWith(lead), placeholder.slice(0, 12))
    assert.ok(!placeholder.includes(key) && placeholder !== other.placeholder(variable))
    assert.doesNotMatch(placeholder, /0{8}|x{8}/i)
    assert.ok(construct(placeholder))
    await one.end()
    await other.end()
  })
}

test('AC-4.3: tokens of Telegram and Discord have the form that their clients check', async () => {
  const credentials = {
    TELEGRAM_BOT_TOKEN: `987654321:${long(35)}`,
    DISCORD_TOKEN: `${long(26)}.${long(6)}.${long(38)}`,
  }
  const inside = await world.createSandbox({ credentials })
  assert.match(inside.placeholder('TELEGRAM_BOT_TOKEN'), /^\d{5,16}:[\w-]{30,}$/)
  assert.match(inside.placeholder('DISCORD_TOKEN'), /^[\w-]{32,}$/)
  await inside.end()
})

/** What clients and command lines that are not at hand here are known to ask of a key, and a key of the form that belongs there. */
const checks: readonly (readonly [string, string, string, RegExp])[] = [
  ['the client of E2B', 'E2B_API_KEY', `e2b_${'0a'.repeat(20)}`, /^e2b_[0-9a-f]+$/],
  ['the command line of Supabase', 'SUPABASE_ACCESS_TOKEN', `sbp_${'0a'.repeat(20)}`, /^sbp_(?:oauth_)?[a-f0-9]{40}$/],
  ['the client of SendGrid', 'SENDGRID_API_KEY', `SG.${long(22)}.${long(43)}`, /^SG\./],
  ['the command line of Vercel', 'VERCEL_TOKEN', `vcp_${long(56)}`, /^\w+$/],
  ['the client of Voyage', 'VOYAGE_API_KEY', `pa-${long(43)}`, /^pa-/],
  ['the client of Voyage at MongoDB', 'VOYAGE_API_KEY', `al-${long(43)}`, /^al-/],
  ['the client of Databricks', 'DATABRICKS_TOKEN', `dapi${'0a'.repeat(16)}`, /^dapi/],
]

for (const [client, variable, key, form] of checks) {
  test(`AC-4.3: ${client} takes the placeholder for a key that begins ${key.slice(0, 8)}`, async () => {
    const { id, scopes, hosts } = await world.client.providers.get(providerForVariable(variable)!.id)
    const own = hosts.map(({ host, injectors }) => ({ to: host.replace('*', 'acme'), inject: injectors[0]! }))
    const name = `${id}-${key.slice(0, 2)}`
    await world.client.secrets.create({ name, value: key, provider: id, scopes: scopes.length > 0 ? scopes : own })
    const inside = await world.createSandbox({ secrets: { [variable]: name } })
    assert.match(inside.placeholder(variable), form)
    assert.ok(!inside.placeholder(variable).includes(key))
    await inside.end()
  })
}

test('AC-4.4: without a secret no variable of a provider is there', async () => {
  const inside = await world.createSandbox({})
  assert.deepEqual(inside.sandbox.connect.env, {})
  await inside.end()
})

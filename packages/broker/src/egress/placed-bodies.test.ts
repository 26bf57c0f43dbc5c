import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import fc from 'fast-check'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { type ExchangeScene, openExchangeScene, type SceneAnswer } from './exchange-scene.suite.ts'
import { createBodyWatch } from './stages/body-watch.ts'
import { encodings } from './stages/encoded-placeholder.suite.ts'

const host = 'form.service.test'
/** A value is stored for each run of the one, and nothing is for those of the other. */
const runs = { values: { numRuns: 60 }, strays: { numRuns: 200 } }

interface Desk {
  readonly scene: ExchangeScene
  readonly placeholder: string
  /** Of another grant, whose place is the head. */
  readonly other: string
  rotate(value: string): void
  send(type: string, body: string): Promise<SceneAnswer & { readonly arrived: string }>
}

function openDesk(context: TestContext): Desk {
  const scopes: Scope[] = [
    { to: host, inject: { kind: 'body', pointer: '/auth/token' } },
    { to: host, inject: { kind: 'body', field: 'api_key' } },
  ]
  const installation = createInstallation(context).open()
  const scene = openExchangeScene(installation, {
    KEY: { value: 'the-first-value-of-the-key', scopes },
    OTHER: { value: 'the-value-of-the-other-key', scopes: [{ to: host, inject: { kind: 'bearer' } }] },
  })
  return {
    scene,
    placeholder: scene.env['KEY']!,
    other: scene.env['OTHER']!,
    rotate(text) {
      using value = new SecretValue(Buffer.from(text))
      installation.vault.rotate('default', 'key', value)
    },
    async send(type, text) {
      const body = Buffer.from(text)
      scene.carrier.wholeBody = () => [body]
      const fields = [{ name: 'Content-Type', value: type }]
      const answer = await scene.send({ host, method: 'POST', target: '/submit', fields })
      const { body: written = body } = (answer.head ?? {}) as { readonly body?: Buffer }
      return { ...answer, arrived: written.toString() }
    },
  }
}

const word = fc.stringMatching(/^[A-Za-z0-9 ]{0,12}$/)
/** Any text that may be a value. */
const value = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => `sk-real-${text.replace(/\p{Cc}|\p{Cs}|b_1/gu, '')}-0123456789`)

/** What stands around the place of a body, and what may stand in it beside that. */
interface Form {
  readonly type: string
  /** A body with text in its place, and further text somewhere else. */
  build(token: string, before: string, beside: string): string
  /** What a service reads in the place. */
  read(body: string): Promise<unknown>
  /** The text as the form has it in its place. */
  escape(text: string): string
}

/** It has a character that no word has: a reader may look for it without its dashes. */
const boundary = 'b_1'
const part = (name: string, content: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`

const forms: Readonly<Record<string, Form>> = {
  'a member of JSON': {
    type: 'application/json',
    build: (token, before, beside) =>
      `{ "a": [1.0, "${before}"], "auth": {"user":"me", "token" : "${token}"}, "${beside}x": {"note":"${beside}"} }\n`,
    read: async (body) => JSON.parse(body).auth.token,
    escape: (text) => JSON.stringify(text).slice(1, -1),
  },
  'a field of a form': {
    type: 'application/x-www-form-urlencoded',
    build: (token, before, beside) => `a=${before.replaceAll(' ', '+')}&api_key=${token}&note=${beside}&end`,
    read: async (body) => new URLSearchParams(body).get('api_key'),
    escape: (text) => encodeURIComponent(text),
  },
  'a part of a form': {
    type: `multipart/form-data; boundary=${boundary}`,
    build: (token, before, beside) =>
      `${part('a', before)}${part('api_key', token)}${part('note', beside)}--${boundary}--\r\n`,
    read: async (body) => {
      const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
      return (await new Response(body, { headers }).formData()).get('api_key')
    },
    escape: (text) => text,
  },
}

for (const [name, form] of Object.entries(forms)) {
  test(`R-60, W4: ${name} gets whatever value there is, which a service reads as it is, and no placeholder leaves`, async (context) => {
    const desk = openDesk(context)
    await fc.assert(
      fc.asyncProperty(value, word, word, async (text, before, beside) => {
        desk.rotate(text)
        const sent = form.build(desk.placeholder, before, beside)
        const { code, arrived } = await desk.send(form.type, sent)
        assert.equal(code, undefined)
        assert.equal(await form.read(arrived), text)
        const [head, tail] = sent.split(desk.placeholder) as [string, string]
        assert.ok(arrived.startsWith(head) && arrived.endsWith(tail), 'every other byte is as it was sent')
        assert.equal(createBodyWatch([desk.placeholder, desk.other]).write(Buffer.from(arrived)), false)
      }),
      runs.values,
    )
  })

  test(`R-60, AC-4.2: beside ${name}, no placeholder passes in any encoding, with or without one in the place`, async (context) => {
    const desk = openDesk(context)
    const inPlace = fc.constantFrom('ours', 'none', 'wrapped')
    const encoding = fc.constantFrom(...Object.values(encodings))
    await fc.assert(
      fc.asyncProperty(inPlace, fc.boolean(), encoding, word, word, async (place, isOther, encode, before, after) => {
        const stray = encode(isOther ? desk.other : desk.placeholder)
        const token = { ours: desk.placeholder, none: '', wrapped: form.escape(`${before}x${desk.placeholder}`) }[place]
        const beside = place === 'wrapped' ? 'x' : `${before.trim()}${stray}${after.trim()}`
        const { code, head } = await desk.send(form.type, form.build(token, before, beside))
        assert.equal(code, 'placeholder_undeclared_place')
        assert.equal(head, undefined)
      }),
      runs.strays,
    )
  })
}

test('R-60: the placeholder of a secret for heads is blocked in the place of a body, too', async (context) => {
  const desk = openDesk(context)
  for (const form of Object.values(forms)) {
    const { code, head } = await desk.send(form.type, form.build(desk.other, '', ''))
    assert.equal(code, 'placeholder_undeclared_place')
    assert.equal(head, undefined)
  }
})

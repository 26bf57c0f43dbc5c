import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import type { HeaderField } from '../http/header-field.ts'
import { placeholderToken } from '../injection/distribution/placeholder-token.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { type ExchangeScene, openExchangeScene, type SceneRequest } from './exchange-scene.suite.ts'
import { encodings } from './stages/encoded-placeholder.suite.ts'

const host = 'api.service.test'
const value = 'the-real-value-of-the-key'
const pull = { user: 'ann', service: null, scopes: ['repository:a/b:pull'] }
/** What tokens are made from is an object. */
const valueFor = ({ kind }: InjectorSpec): string =>
  kind === 'oauth2' ? JSON.stringify({ client_id: 'id', client_secret: value }) : value
const line = (name: string, text: string): HeaderField => ({ name, value: text })
const basic = (pair: string): string => `Basic ${Buffer.from(pair, 'latin1').toString('base64')}`

/** Each injector, and a request that carries the placeholder where it is declared. */
const declared: readonly (readonly [InjectorSpec, (text: string) => Part])[] = [
  [{ kind: 'bearer' }, (text) => ({ fields: [line('Authorization', `Bearer ${text}`)] })],
  [{ kind: 'basic', username: 'git' }, (text) => ({ fields: [line('Authorization', basic(`git:${text}`))] })],
  [{ kind: 'cookie', name: 'session' }, (text) => ({ fields: [line('Cookie', `session=${text}`)] })],
  [{ kind: 'header', name: 'X-Key' }, (text) => ({ fields: [line('X-Key', text)] })],
  [
    { kind: 'headers', headers: { 'X-Key': '{{ value }}', 'X-Version': '2' } },
    (text) => ({ fields: [line('X-Key', text)] }),
  ],
  [{ kind: 'path', template: '/bot{{ value }}/**' }, (text) => ({ path: `/bot${text}/getMe` })],
  [{ kind: 'placeholder', in: ['header:x-key', 'query:key'] }, (text) => ({ fields: [line('X-Key', `k=${text}`)] })],
  [
    { kind: 'oauth2', grant: 'client-credentials', tokenUrl: 'https://auth.service.test/token' },
    (text) => ({ fields: [line('Authorization', `Bearer ${text}`)] }),
  ],
  [{ kind: 'query', name: 'key' }, (text) => ({ query: `?key=${text}` })],
  [
    { kind: 'registry', tokenUrl: 'https://auth.service.test/token' },
    (text) => ({ fields: [line('Authorization', `Bearer ${placeholderToken(text, pull)}`)] }),
  ],
]

interface Part {
  readonly path?: string
  readonly query?: string
  readonly fields?: readonly HeaderField[]
}

/** Places that none of these injectors declares. */
const undeclared: readonly (readonly [string, (text: string) => Part])[] = [
  ['the path', (text) => ({ path: `/v1/${encodeURI(text).replaceAll('%25', '%')}/x` })],
  ['a parameter', (text) => ({ query: `?note=x${encodeURI(text).replaceAll('%25', '%')}` })],
  ['a parameter name', (text) => ({ query: `?${encodeURI(text).replaceAll('%25', '%')}=1` })],
  ['a field', (text) => ({ fields: [line('X-Note', `"${text}"; q=1`)] })],
  ['a field that services store', (text) => ({ fields: [line('User-Agent', `curl/8 (${text})`)] })],
  ['Referer', (text) => ({ fields: [line('Referer', `https://x.test/${text}`)] })],
  ['a fixed field of a scope', (text) => ({ fields: [line('X-Version', text)] })],
  ['the name of a field', (text) => ({ fields: [line(`X-${text}`, '1')] })],
]

const forms: Readonly<Record<string, (text: string) => string>> = {
  ...encodings,
  'upper case': (text) => text.toUpperCase(),
  'percent-encoding, twice': (text) =>
    [...text].map((character) => `%25${character.charCodeAt(0).toString(16).toUpperCase()}`).join(''),
}

function request(...parts: readonly Part[]): SceneRequest {
  const path = parts.findLast((part) => part.path !== undefined)?.path ?? '/v1'
  const query = parts.flatMap((part) => part.query?.slice(1) ?? []).join('&')
  const fields = parts.flatMap((part) => part.fields ?? [])
  return { host, target: query === '' ? path : `${path}?${query}`, fields }
}

async function isBlocked(scene: ExchangeScene, sending: SceneRequest, what: string): Promise<void> {
  const { code, records } = await scene.send(sending)
  // A path that can be read in two ways is refused before anybody looks for a placeholder in it.
  if (code === 'path_ambiguous') return
  assert.equal(code, 'placeholder_undeclared_place', what)
  assert.equal(records.at(-1)?.kind, 'alarm.raised', what)
}

for (const [inject, place] of declared) {
  const { kind } = inject
  test(`R-60, AC-4.2: with ${kind}, a placeholder in every undeclared place and encoding is blocked`, async (context) => {
    const scene = openExchangeScene(createInstallation(context).open(), {
      KEY: { value: valueFor(inject), scopes: [{ to: host, inject }] },
    })
    const text = scene.env['KEY']!
    assert.equal((await scene.send(request(place(text)))).code, undefined, 'the declared place works')
    const dialled = scene.dialled.length
    for (const [where, put] of undeclared) {
      for (const [form, encode] of Object.entries(forms)) {
        const written = encode(text)
        if (where === 'the name of a field' && /[^\w.%-]/.test(written)) continue
        const strange = put(written)
        await isBlocked(scene, request(strange), `${where}, ${form}, alone`)
        if (kind === 'path' && strange.path !== undefined) continue
        await isBlocked(scene, request(place(text), strange), `${where}, ${form}, beside the declared one`)
      }
    }
    assert.equal(scene.dialled.length, dialled)
  })

  test(`R-60, R-63: with ${kind}, a placeholder that is cut in two is blocked, wherever it is cut`, async (context) => {
    const scene = openExchangeScene(createInstallation(context).open(), {
      KEY: { value: valueFor(inject), scopes: [{ to: host, inject }] },
    })
    const text = scene.env['KEY']!
    for (let cut = 1; cut < text.length; cut += 1) {
      const [head, tail] = [text.slice(0, cut), text.slice(cut)]
      const base64 = (part: string): string => Buffer.from(part).toString('base64')
      await isBlocked(
        scene,
        request({ fields: [line('X-A', head), line('Accept', '*/*'), line('X-B', tail)] }),
        `${cut}`,
      )
      await isBlocked(
        scene,
        request({ fields: [line('X-B', base64(tail)), line('X-A', base64(head))] }),
        `${cut} base64`,
      )
      await isBlocked(scene, request({ path: `/v1/${head}`, query: `?rest=${tail}` }), `${cut} in path and query`)
    }
    assert.deepEqual(scene.dialled, [])
  })

  test(`R-13: with ${kind}, nothing of ours goes to another host`, async (context) => {
    const scene = openExchangeScene(createInstallation(context).open(), {
      KEY: { value: valueFor(inject), scopes: [{ to: host, inject }] },
      OTHER: { value: 'the-real-value-of-another', scopes: [{ to: 'other.test', inject: { kind: 'bearer' } }] },
    })
    const { code } = await scene.send({ ...request(place(scene.env['KEY']!)), host: 'other.test' })
    assert.equal(code, 'placeholder_wrong_destination')
    const half = await scene.send({ host: 'other.test', fields: [line('X-Note', scene.env['KEY']!.slice(0, -8))] })
    assert.equal(half.code, 'placeholder_wrong_destination')
    assert.deepEqual(scene.dialled, [])
  })
}

test('R-60, R-63, R-13: with sigv4, neither placeholder nor key identifier goes anywhere unsigned', async (context) => {
  const pair = JSON.stringify({ accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'the/real/key+'.repeat(3) })
  const scene = openExchangeScene(createInstallation(context).open(), {
    KEY: { value: pair, scopes: [{ to: host, inject: { kind: 'sigv4' } }] },
    OTHER: { value: 'the-real-value-of-another', scopes: [{ to: 'other.test', inject: { kind: 'bearer' } }] },
  })
  for (const text of [scene.env['KEY_ACCESS_KEY_ID']!, scene.env['KEY_SECRET_ACCESS_KEY']!]) {
    for (const [where, put] of undeclared) {
      for (const [form, encode] of Object.entries(forms)) {
        const written = encode(text)
        if (where === 'the name of a field' && /[^\w.%-]/.test(written)) continue
        await isBlocked(scene, request(put(written)), `${where}, ${form}`)
      }
    }
    for (let cut = 1; cut < text.length; cut += 1) {
      const fields = [line('X-A', text.slice(0, cut)), line('X-B', text.slice(cut))]
      await isBlocked(scene, request({ fields }), `${cut}`)
    }
    const elsewhere = await scene.send({ host: 'other.test', fields: [line('Authorization', `Bearer ${text}`)] })
    assert.equal(elsewhere.code, 'placeholder_wrong_destination')
  }
  assert.deepEqual(scene.dialled, [])
})

test('R-62: nothing in a request changes where and how the secret is written', async (context) => {
  const scope = { to: host, inject: { kind: 'header', name: 'X-Key', prefix: 'k ' } }
  const scene = openExchangeScene(createInstallation(context).open(), { KEY: { value, scopes: [scope] } })
  const text = scene.env['KEY']!
  const hints = [
    line('X-Coatcheck-Header', 'X-Other'),
    line('X-Format', '{{ value | slice(0, 1) }}'),
    line('Prefix', 'p'),
  ]
  const { head } = await scene.send({ host, fields: [line('X-Key', `k ${text}`), ...hints] })
  assert.deepEqual(head!.fields, [line('X-Key', `k ${value}`), ...hints, line('Host', host)])
  for (const written of [text, `K ${text}`, `k  ${text}`, `k ${text.slice(0, -1)}`, `{{ ${text} }}`]) {
    const { code, head: sent } = await scene.send({ host, fields: [line('X-Key', written)] })
    assert.notEqual(code, undefined)
    assert.equal(sent, undefined)
  }
})

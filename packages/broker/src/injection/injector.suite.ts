import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { HeaderField } from '../http/header-field.ts'
import type { Injector } from './injector.ts'
import { copyHead, type RequestHead } from './request-head.ts'

/** What a credential changes in the request of the suite. */
export interface RequestPart {
  readonly fields?: readonly HeaderField[]
  readonly path?: string
  readonly query?: string
}

/** What the suite needs to know about one injector with one set of options. */
export interface InjectorCase {
  readonly injector: Injector
  readonly spec: InjectorSpec
  /** The credential in a request, as a client writes it around the secret. */
  readonly part: (secret: string) => RequestPart
  /** Credentials that hold the placeholder and are not what these options declare. */
  readonly undeclared: readonly ((placeholder: string) => RequestPart)[]
  /** Options that must be refused. */
  readonly invalid: readonly InjectorSpec[]
  /** What is written when there was no placeholder; null where nothing can be. */
  readonly attached: ((secret: string) => RequestPart) | null
  /** Takes whatever stands around the placeholder. */
  readonly anywhere?: boolean
  /** Values that cannot be sent this way, beside those that never can. */
  readonly unusable?: readonly string[]
  /** A value of every character that can be sent. */
  readonly usable?: string
}

const placeholder = 'sk_test_coatcheck_0123456789abcdefghijklmn'
const secret = 'sk_test_RealRealRealRealRealReal'

/** A request head around the given fields. */
export function headWith(...fields: HeaderField[]): RequestHead {
  return { method: 'POST', path: '/v1/charges', query: '?limit=1', fields }
}

/** A request head with a credential in it. */
export function headAround({ fields = [], path = '/v1/charges', query = '?limit=1' }: RequestPart): RequestHead {
  const [before, after] = [
    [
      { name: 'Host', value: 'api.example.com' },
      { name: 'X-Tag', value: 'one' },
    ],
    [
      { name: 'x-tag', value: 'two' },
      { name: 'Accept', value: '' },
    ],
  ] as const
  return copyHead({ method: 'POST', path, query, fields: [...before, ...fields, ...after] })
}

/** The contract of `Injector` and `Injection`, run against one injector with one set of options. */
export function testInjector(title: string, tested: InjectorCase): void {
  const { injector, spec, part, undeclared, invalid, attached } = tested
  const injection = injector.prepare(spec)
  const withPart = (text: string): RequestHead => headAround(part(text))

  test(`${title} replaces the placeholder in its place and leaves everything else alone (W4)`, () => {
    const head = withPart(placeholder)
    assert.equal(injection.carries(head, placeholder), true)
    assert.deepEqual(head, withPart(placeholder), 'looking changes nothing')
    injection.apply(head, placeholder, Buffer.from(secret))
    assert.deepEqual(head, withPart(secret))
  })

  test(`${title} takes the placeholder out where it would put the secret, and there only (R-60)`, () => {
    const head = withPart(placeholder)
    injection.blank(head, placeholder)
    assert.deepEqual(head, withPart(''))
    const other = headAround({ fields: [{ name: 'User-Agent', value: placeholder }] })
    injection.blank(other, placeholder)
    assert.deepEqual(other, headAround({ fields: [{ name: 'User-Agent', value: placeholder }] }))
  })

  test(`${title} leaves exactly one credential field, with the letters of its name (W4)`, () => {
    const fields = part(placeholder).fields ?? []
    for (const letters of [(text: string) => text.toUpperCase(), (text: string) => text.toLowerCase()]) {
      const renamed = (text: string) =>
        (part(text).fields ?? []).map(({ name, value }) => ({ name: letters(name), value }))
      const head = headAround({ ...part(placeholder), fields: renamed(placeholder) })
      injection.apply(head, placeholder, Buffer.from(secret))
      const names = new Set(fields.map(({ name }) => name.toLowerCase()))
      const named = head.fields.filter(({ name }) => names.has(name.toLowerCase()))
      assert.deepEqual(named, renamed(secret))
    }
  })

  test(`${title} takes the placeholder nowhere else (R-60)`, () => {
    refuses(headAround({}))
    if (tested.anywhere !== true) refuses(headAround({ fields: [{ name: 'X-Other', value: placeholder }] }))
    for (const text of [placeholder, part(placeholder).fields?.[0]?.value ?? placeholder]) {
      refuses(headAround({ fields: [{ name: 'User-Agent', value: text }] }))
    }
    refuses(headAround({ query: `?other=${placeholder}` }))
    refuses(headAround({ path: `/v1/other/${placeholder}` }))
    for (const other of undeclared) refuses(headAround(other(placeholder)))
  })

  test(`${title} takes only this placeholder${tested.anywhere === true ? '' : ', whole'} (R-13)`, () => {
    refuses(withPart(placeholder.slice(0, -1)))
    refuses(withPart(placeholder.toUpperCase()))
    refuses(withPart(''))
    if (tested.anywhere === true) return
    refuses(withPart(`${placeholder}x`))
    refuses(withPart(`x${placeholder}`))
  })

  test(`${title} refuses values that cannot stand in a request, when saved and when sent (R-67, R-40)`, () => {
    const never = ['', 'a\r\nX: b', 'a\nb', 'a\0b', 'a\x1bb', 'a\x7f', ' a', 'a ', 'a\n', '\ta', '\r']
    for (const value of [...never, ...(tested.unusable ?? [])]) {
      const bytes = Buffer.from(value, 'latin1')
      const head = withPart(placeholder)
      const uses = [() => injection.check(bytes), () => injection.apply(head, placeholder, bytes)]
      if (injection.attach !== null) uses.push(() => injection.attach!(head, bytes))
      for (const use of uses) {
        assert.throws(
          use,
          (error) => isProblem(error, 'secret_unusable') && !tells(error, value),
          JSON.stringify(value),
        )
      }
      assert.deepEqual(head, withPart(placeholder))
    }
    injection.check(Buffer.from(secret))
  })

  test(`${title} sends the bytes of the value exactly (R-67)`, () => {
    const value = tested.usable ?? 'a!"#$%&\'()*+,-./09;<=>?@AZ[\\]^_`az{|}~'
    const head = withPart(placeholder)
    injection.apply(head, placeholder, Buffer.from(value))
    assert.deepEqual(head, withPart(value))
  })

  test(`${title} ${attached === null ? 'is not attached unasked' : 'is attached whole, once'} (W3)`, () => {
    assert.equal(injection.attach === null, attached === null)
    const head = headAround({})
    injection.attach?.(head, Buffer.from(secret))
    const { fields = [], ...rest } = attached?.(secret) ?? {}
    const expected = headAround(rest)
    expected.fields.push(...fields)
    assert.deepEqual(head, expected)
  })

  test(`${title} refuses unknown and malformed options when it is prepared (R-62)`, () => {
    for (const wrong of [...invalid, { ...spec, format: '{{ value | slice }}' }, { ...spec, __proto__x: 'y' }]) {
      assert.throws(
        () => injector.prepare(wrong),
        (error) => isProblem(error, 'scope_invalid') && error.facts['injector'] === injector.kind,
        JSON.stringify(wrong),
      )
    }
  })

  function refuses(head: RequestHead): void {
    const before = structuredClone(head)
    assert.equal(injection.carries(head, placeholder), false, JSON.stringify(head))
    assert.throws(
      () => injection.apply(head, placeholder, Buffer.from(secret)),
      (error) => isProblem(error, 'placeholder_undeclared_place'),
    )
    assert.deepEqual(head, before)
  }
}

/** The part of the contract that holds for an injector whose credential is one header field of its own. */
export function testSoleField(title: string, { injector, spec, part }: InjectorCase): void {
  test(`${title} does not take a second field of its name, in whatever spelling (R-69)`, () => {
    const injection = injector.prepare(spec)
    const [field] = part(placeholder).fields!
    const [other] = part('another').fields!
    const spellings = [field!, { ...other!, name: other!.name.toLowerCase() }, { ...other!, value: '' }]
    if (field!.name.includes('-')) spellings.push({ ...other!, name: other!.name.replaceAll('-', '_') })
    for (const second of spellings) {
      for (const fields of [
        [field!, second],
        [second, field!],
      ]) {
        const head = headAround({ fields })
        assert.equal(injection.carries(head, placeholder), false)
        assert.throws(() => injection.apply(head, placeholder, Buffer.from(secret)))
        assert.deepEqual(head, headAround({ fields }))
      }
    }
  })
}

function isProblem(error: unknown, code: CoatcheckError['code']): error is CoatcheckError {
  return error instanceof CoatcheckError && error.code === code
}

function tells(error: CoatcheckError, value: string): boolean {
  return value.trim().length > 1 && JSON.stringify([error.message, error.facts]).includes(value)
}

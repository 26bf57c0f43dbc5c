import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { Injector } from './injector.ts'
import type { HeaderField, RequestHead } from './request-head.ts'

/** What the suite needs to know about one injector with one set of options. */
export interface InjectorCase {
  readonly injector: Injector
  readonly spec: InjectorSpec
  /** The credential field of a request, as a client writes it around the secret. */
  readonly field: (secret: string) => HeaderField
  /** Credential fields that hold the placeholder and are not what these options declare. */
  readonly undeclared: readonly ((placeholder: string) => HeaderField)[]
  /** Options that must be refused. */
  readonly invalid: readonly InjectorSpec[]
}

const placeholder = 'sk_test_coatcheck_0123456789abcdefghijklmn'
const secret = 'sk_test_RealRealRealRealRealReal'

/** A request head around the given fields. */
export function headWith(...fields: HeaderField[]): RequestHead {
  return { method: 'POST', path: '/v1/charges', query: '?limit=1', fields }
}

/** The contract of `Injector` and `Injection`, run against one injector with one set of options. */
export function testInjector(title: string, { injector, spec, field, undeclared, invalid }: InjectorCase): void {
  const injection = injector.prepare(spec)
  const around = (...inner: HeaderField[]): RequestHead =>
    headWith(
      { name: 'Host', value: 'api.example.com' },
      { name: 'X-Tag', value: 'one' },
      ...inner,
      { name: 'x-tag', value: 'two' },
      { name: 'Accept', value: '' },
    )

  test(`${title} replaces the placeholder in its place and leaves every other field alone (W4)`, () => {
    const head = around(field(placeholder))
    assert.equal(injection.carries(head, placeholder), true)
    injection.apply(head, placeholder, Buffer.from(secret))
    assert.deepEqual(head, around(field(secret)))
  })

  test(`${title} leaves exactly one credential field, with the letters of its name (W4)`, () => {
    for (const letters of [(text: string) => text.toUpperCase(), (text: string) => text.toLowerCase()]) {
      const { name, value } = field(placeholder)
      const head = around({ name: letters(name), value })
      injection.apply(head, placeholder, Buffer.from(secret))
      const named = head.fields.filter((other) => other.name.toLowerCase() === name.toLowerCase())
      assert.deepEqual(named, [{ name: letters(name), value: field(secret).value }])
    }
  })

  test(`${title} does not take a second field of its name (R-69)`, () => {
    for (const second of [field(placeholder), { ...field('another'), name: field('').name.toLowerCase() }]) {
      refuses(around(field(placeholder), second))
      refuses(around(second, field(placeholder)))
    }
  })

  test(`${title} takes the placeholder nowhere else (R-60)`, () => {
    refuses(around())
    refuses(around({ name: 'X-Other', value: placeholder }))
    refuses(around({ name: 'User-Agent', value: field(placeholder).value }))
    for (const other of undeclared) refuses(around(other(placeholder)))
  })

  test(`${title} takes only this placeholder, whole (R-13)`, () => {
    refuses(around(field(placeholder.slice(0, -1))))
    refuses(around(field(`${placeholder}x`)))
    refuses(around(field(`x${placeholder}`)))
    refuses(around(field(placeholder.toUpperCase())))
    refuses(around(field('')))
  })

  test(`${title} refuses values that cannot stand in a header field, when saved and when sent (R-67, R-40)`, () => {
    for (const value of ['', 'a\r\nX: b', 'a\nb', 'a\0b', 'a\x1bb', 'a\x7f', ' a', 'a ', 'a\n', '\ta', '\r']) {
      const bytes = Buffer.from(value, 'latin1')
      const head = around(field(placeholder))
      for (const use of [() => injection.check(bytes), () => injection.apply(head, placeholder, bytes)]) {
        assert.throws(use, (error) => isProblem(error, 'secret_unusable') && !tells(error, value))
      }
      assert.deepEqual(head, around(field(placeholder)))
    }
    injection.check(Buffer.from(secret))
  })

  test(`${title} sends the bytes of the value exactly (R-67)`, () => {
    const value = 'a!"#$%&\'()*+,-./09;<=>?@AZ[\\]^_`az{|}~'
    const head = around(field(placeholder))
    injection.apply(head, placeholder, Buffer.from(value))
    assert.deepEqual(head, around(field(value)))
  })

  test(`${title} refuses unknown and malformed options when it is prepared`, () => {
    for (const wrong of [...invalid, { ...spec, format: '{{ value | slice }}' }, { ...spec, __proto__x: 'y' }]) {
      assert.throws(
        () => injector.prepare(wrong),
        (error) => isProblem(error, 'scope_invalid') && error.facts['injector'] === injector.kind,
      )
    }
  })

  function refuses(head: RequestHead): void {
    const before = structuredClone(head)
    assert.equal(injection.carries(head, placeholder), false)
    assert.throws(
      () => injection.apply(head, placeholder, Buffer.from(secret)),
      (error) => isProblem(error, 'placeholder_undeclared_place'),
    )
    assert.deepEqual(head, before)
  }
}

function isProblem(error: unknown, code: CoatcheckError['code']): error is CoatcheckError {
  return error instanceof CoatcheckError && error.code === code
}

function tells(error: CoatcheckError, value: string): boolean {
  return value.trim().length > 1 && JSON.stringify([error.message, error.facts]).includes(value)
}

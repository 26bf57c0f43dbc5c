import { type BodyCondition, CoatcheckError, type JsonScalar } from '@coatcheck/contract'
import { maskCredentials } from '../../foundation/mask-credentials.ts'
import type { Fit, Unreadable } from './fit.ts'
import { fitsWildcard } from './wildcard.ts'

/** Says whether a JSON value is as a condition has it. */
export type BodyTest = (document: unknown) => Exclude<Fit, 'awaited'>

type Finding = { readonly value: unknown } | Unreadable | undefined

const operators = ['equals', 'in', 'atMost', 'atLeast', 'like', 'type', 'present', 'only'] as const

/** Makes the test of one condition. @throws CoatcheckError `rule_invalid` with facts `at` and `reason` */
export function compileBodyCondition(condition: BodyCondition): BodyTest {
  const { at } = condition
  if (operators.filter((operator) => condition[operator] !== undefined).length !== 1)
    throw invalid(at, `exactly one of ${operators.join(', ')} is needed`)
  const parts = at === '' ? [] : at.split('/').slice(1)
  if (at !== '' && (!at.startsWith('/') || parts.some((part) => /~(?![01])/.test(part))))
    throw invalid(at, 'it is no JSON pointer')
  const path = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const test = testOf(condition)
  return (document) => {
    const finding = findValue(document, path)
    if (finding !== undefined && 'unreadable' in finding) return finding
    return test(finding)
  }
}

type Test = (found: { readonly value: unknown } | undefined) => Exclude<Fit, 'awaited'>

function testOf({ equals, in: list, atMost, atLeast, like, type, present, only }: BodyCondition): Test {
  if (present !== undefined) return (found) => told((found !== undefined) === present)
  if (equals !== undefined) return (found) => (found === undefined ? 'differs' : equalsOne(found.value, [equals]))
  if (list !== undefined) return (found) => (found === undefined ? 'differs' : equalsOne(found.value, list))
  if (type !== undefined) return (found) => told(found !== undefined && typeOf(found.value) === type)
  if (only !== undefined) return (found) => hasOnly(found?.value, only)
  if (like !== undefined) return (found) => onText(found, (text) => fitsWildcard(like, text))
  return (found) => onNumber(found, (number) => (atMost === undefined ? number >= atLeast! : number <= atMost))
}

/** SECURITY: some services find members whatever the case of their names, so another spelling is no absence. */
function findValue(document: unknown, path: readonly string[]): Finding {
  let value = document
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value)) {
      if (!/^(?:0|[1-9][0-9]{0,5})$/.test(part) || Number(part) >= value.length) return undefined
      value = value[Number(part)]
      continue
    }
    const members = value as Record<string, unknown>
    const spellings = Object.keys(members).filter((name) => name.toLowerCase() === part.toLowerCase())
    if (spellings.length > 1 || (spellings.length === 1 && spellings[0] !== part))
      return { unreadable: 'a member has another spelling than the rule' }
    if (spellings.length === 0) return undefined
    value = members[part]
  }
  return { value }
}

/** SECURITY: `"5"` is 5 for some services and text for others. */
function equalsOne(value: unknown, wanted: readonly JsonScalar[]): Exclude<Fit, 'awaited'> {
  if (wanted.some((one) => one === value)) return inexact(value) ?? 'matches'
  const text = String(value).trim().toLowerCase()
  const isScalar = typeof value !== 'object'
  if (isScalar && wanted.some((one) => typeof one !== typeof value && String(one).toLowerCase() === text))
    return { unreadable: 'a value has another type than in the rule' }
  return 'differs'
}

function onNumber(
  found: { readonly value: unknown } | undefined,
  test: (number: number) => boolean,
): Exclude<Fit, 'awaited'> {
  if (found === undefined) return 'differs'
  if (typeof found.value !== 'number') return { unreadable: 'a value is no number' }
  return inexact(found.value) ?? told(test(found.value))
}

function onText(
  found: { readonly value: unknown } | undefined,
  test: (text: string) => boolean,
): Exclude<Fit, 'awaited'> {
  if (found === undefined) return 'differs'
  return typeof found.value === 'string' ? told(test(found.value)) : { unreadable: 'a value is no text' }
}

function hasOnly(value: unknown, names: readonly string[]): Exclude<Fit, 'awaited'> {
  if (typeOf(value) !== 'object') return 'differs'
  return told(Object.keys(value as object).every((name) => names.includes(name)))
}

/** Beyond this, what one reader rounds the other does not. */
function inexact(value: unknown): Unreadable | undefined {
  if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return undefined
  return { unreadable: 'a number is too large to be exact' }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function told(fits: boolean): 'matches' | 'differs' {
  return fits ? 'matches' : 'differs'
}

function invalid(at: string, reason: string): CoatcheckError {
  // What was cut is not known for a credential any more.
  return new CoatcheckError('rule_invalid', { at: maskCredentials(at).slice(0, 200), reason })
}

import { type CreatedKey, capText, type KeyView } from '@coatcheck/contract'
import { ruleLines } from './rule-lines.ts'
import { fieldLines, tableLines } from './table.ts'

/** Virtual keys as lines of a table. */
export function keyTable(keys: readonly KeyView[]): readonly string[] {
  if (keys.length === 0) return ['No virtual keys yet. Issue one with coatcheck key create.']
  const rows = keys.map(({ id, label, provider, secret, status, caps, expiresAt }) => [
    id,
    label,
    secret ?? provider ?? '',
    status,
    caps.map(capText).join(' '),
    expiresAt,
  ])
  return tableLines(['ID', 'LABEL', 'SECRET', 'STATUS', 'CAPS', 'EXPIRES'], rows)
}

/** One virtual key with all that bounds it. */
export function keyLines(key: KeyView): readonly string[] {
  const { id, label, provider, secret, status, grant, caps, from, rules, createdAt, expiresAt, endedAt } = key
  return [
    ...fieldLines([
      ['id', id],
      ['label', label],
      ['secret', secret ?? 'gone'],
      ['provider', provider ?? 'none'],
      ['status', endedAt === null ? status : `${status} at ${endedAt}`],
      ['expires', expiresAt],
      ['created', createdAt],
      ['caps', caps.map(capText).join(' ')],
      ['from', from.length === 0 ? 'anywhere' : from.join(' ')],
      ['grant', grant],
    ]),
    'rules',
    ...ruleLines(rules).map((line) => `  ${line}`),
  ]
}

/** A new virtual key, but for its text: where it is of use. */
export function newKeyLines({ id, label, caps, expiresAt, baseUrl, rootUrl, env }: CreatedKey): readonly string[] {
  const [variable = ''] = Object.keys(env)
  const address =
    baseUrl === undefined || rootUrl === undefined
      ? [['address', 'none: no door is open; start the broker with serve --proxy']]
      : [
          ['base URL', baseUrl],
          ['host alone', rootUrl],
        ]
  return fieldLines([
    ['id', id],
    ['label', label],
    ['caps', caps.map(capText).join(' ')],
    ['expires', expiresAt],
    ['variable', variable],
    ...(address as [string, string][]),
  ])
}

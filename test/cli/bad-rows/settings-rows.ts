import { type BadInput, misplacedValue } from '../bad-input.suite.ts'

type Row = readonly [name: string, args: readonly string[], code: number, says: RegExp]

const rows: readonly Row[] = [
  ['nothing to change', ['set'], 2, /name a setting/i],
  ['roots that are not there', ['set', '--roots', '/nonexistent'], 2, /ENOENT|no such file/],
  ['roots that are none', ['set', '--roots', '/etc/hostname'], 2, /no certificate/],
  ['a proxy that is no URL', ['set', '--upstream-proxy', misplacedValue], 2, /not a URL/],
  ['a size of nothing', ['set', '--max-request-bytes', '0'], 2, /Write bytes as a number/],
  ['a size with an unknown unit', ['set', '--max-response-bytes', '64MB'], 2, /Write bytes as a number/],
  ['a setting that is none', ['unset', misplacedValue], 2, /Allowed choices are/],
]

/** Bad settings of a home. */
export const settingsRows: readonly BadInput[] = rows.map(([name, args, code, says]) => ({
  name: `settings, ${name}`,
  args: ['settings', ...args],
  code,
  says,
}))

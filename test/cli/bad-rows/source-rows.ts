import { type BadInput, misplacedValue } from '../bad-input.suite.ts'

type Row = readonly [name: string, args: readonly string[], code: number, says: RegExp]

const rows: readonly Row[] = [
  ['a list of something', ['source', 'list', misplacedValue], 2, /too many arguments/i],
  ['a file that is not there', ['source', 'apply', '/nonexistent', '--yes'], 2, /ENOENT/],
  ['a file that is none of sources', ['source', 'apply', '/etc/hostname', '--yes'], 2, /it has fields|it is not as/],
  ['nobody to ask', ['source', 'apply', '/etc/hostname', misplacedValue], 2, /too many arguments/i],
  [
    'a name that is none',
    ['secret', 'create', 'x', '--provider', 'stripe', '--source', misplacedValue],
    4,
    /no source/,
  ],
  ['a secret without a source', ['secret', 'refresh', 'stripe'], 2, /the vault holds its value/],
  ['a secret that is not there', ['secret', 'refresh', 'nobody'], 3, /no such secret/i],
]

/** Bad sources, and bad uses of them. */
export const sourceRows: readonly BadInput[] = rows.map(([name, args, code, says]) => ({
  name: `sources, ${name}`,
  args,
  code,
  says,
}))

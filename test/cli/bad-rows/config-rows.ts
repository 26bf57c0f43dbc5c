import { type BadInput, misplacedValue } from '../bad-input.suite.ts'
import { file } from './vault-rows.ts'

const invalid = (name: string, path: string, says: RegExp): BadInput => ({
  name,
  args: ['config', 'apply', path],
  code: 2,
  says,
})

/** Bad input of the command that applies a configuration. */
export const configRows: readonly BadInput[] = [
  { ...invalid('a configuration of no file', '', /missing required argument/), args: ['config', 'apply'] },
  invalid('a configuration that is not there', file('none'), /no such file/),
  invalid('a configuration that is a folder', file('folder'), /folder/),
  invalid('a configuration of nothing', file('empty'), /not a list of fields/),
  invalid('a configuration that is no YAML', file('broken.yaml'), /not YAML/),
  invalid('a configuration that is a list', file('list.yaml'), /not a list of fields/),
  invalid('a configuration with a member that there is not', file('closed.yaml'), /no such member; there are secrets/),
  invalid('a configuration of secrets that are no descriptions', file('no-name.yaml'), /secrets\.\*/),
  invalid('a value in the place of a configuration', misplacedValue, /no such file/),
]

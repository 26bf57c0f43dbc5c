import type { BadInput } from '../bad-input.suite.ts'

const create = ['key', 'create', '--provider', 'stripe', '--cap', '50/day', '--allow', '/v1/items', '--expires', '30m']
const without = (option: string): readonly string[] => {
  const at = create.indexOf(option)
  return create.toSpliced(at, 2)
}

/** Bad input of commands for virtual keys. */
export const keyRows: readonly BadInput[] = [
  { name: 'a key without an end', args: without('--expires'), code: 2, says: /--expires/ },
  { name: 'a key without a cap', args: without('--cap'), code: 2, says: /--cap/ },
  { name: 'a key without rules', args: without('--allow'), code: 2, says: /--allow <call>/ },
  { name: 'a key for nothing', args: without('--provider'), code: 2, says: /--provider <id>/ },
  { name: 'a key that lasts too long', args: [...without('--expires'), '--expires', '31d'], code: 2, says: /30 days/ },
  {
    name: 'a key with a cap of nothing',
    args: [...without('--cap'), '--cap', '/day'],
    code: 2,
    says: /Write an amount/,
  },
  {
    name: 'a key that may do something unclear',
    args: [...create, '--allow', 'post /v1'],
    code: 2,
    says: /Write a method/,
  },
  { name: 'a key for a service without a secret', args: create.with(3, 'openai'), code: 3, says: /No such secret/ },
  {
    name: 'a key to be shown that is not there',
    args: ['key', 'show', 'key_none'],
    code: 3,
    says: /No such virtual key/,
  },
  { name: 'a key that is not there', args: ['key', 'revoke', 'key_none'], code: 3, says: /No such virtual key/ },
]

import type { BadInput } from '../bad-input.suite.ts'

/** Commands that take nothing that could be bad but what every command takes. */
const plain = [
  'secret list',
  'sandbox list',
  'status',
  'usage',
  'doctor',
  'provider list',
  'profile list',
  'decoy list',
  'key list',
  'approval list',
  'settings show',
  'vault lock',
  'vault unlock',
  'vault confirm-rollback',
  'vault rotate-key',
  'token list',
  'audit checkpoint',
]

/** A home without a name, as from a variable that was not set, for commands that have no bad input of their own. */
export const plainRows: readonly BadInput[] = plain.map((words) => ({
  name: `${words}, of a home without a name`,
  args: ['--home', '', ...words.split(' ')],
  code: 2,
  says: /--home is empty/,
}))

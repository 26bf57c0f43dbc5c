import type { BadInput } from '../bad-input.suite.ts'

/** Bad input of commands for projects and members. */
export const projectRows: readonly BadInput[] = [
  { name: 'a project of no such form', args: ['project', 'create', 'My Shop'], code: 2, says: /lower-case letters/ },
  { name: 'projects of something', args: ['project', 'list', 'shop'], code: 2, says: /too many arguments/ },
  { name: 'a project that is not there', args: ['project', 'delete', 'nowhere'], code: 3, says: /No such project/ },
  {
    name: 'acting in a project that is not there',
    args: ['--project', 'nowhere', 'secret', 'list'],
    code: 3,
    says: /No such project/,
  },
  {
    name: 'a member of no such role',
    args: ['member', 'set', 'ann', '--role', 'boss'],
    code: 2,
    says: /auditor, issuer, operator, owner/,
  },
  {
    name: 'a member of no such name',
    args: ['member', 'set', '/', '--role', 'owner'],
    code: 2,
    says: /1 to 63 letters/,
  },
  { name: 'members of something', args: ['member', 'list', 'ann'], code: 2, says: /too many arguments/ },
  { name: 'a member that is not there', args: ['member', 'remove', 'nobody'], code: 3, says: /No such member/ },
]

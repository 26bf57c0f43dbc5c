import { Command } from 'commander'
import type { Session } from '../session.ts'
import { tokenCreateCommand } from './token-create.ts'
import { tokenListCommand } from './token-list.ts'
import { tokenRevokeCommand } from './token-revoke.ts'

/** `coatcheck token …` */
export function tokenCommand(session: Session): Command {
  return new Command('token')
    .description('give people and platforms a way into the management API')
    .addCommand(tokenCreateCommand(session))
    .addCommand(tokenListCommand(session))
    .addCommand(tokenRevokeCommand(session))
}

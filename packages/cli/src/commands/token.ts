import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tokenCreateCommand } from './token-create.ts'
import { tokenListCommand } from './token-list.ts'
import { tokenRevokeCommand } from './token-revoke.ts'

/** `coatcheck token …` */
export function tokenCommand(session: Session): Command {
  return new Command('token')
    .description('give people and platforms a way into the management API')
    .addHelpText('after', exampleLines('token create ci --role operator --ttl 90d --out ci.token', 'token list'))
    .addCommand(tokenCreateCommand(session))
    .addCommand(tokenListCommand(session))
    .addCommand(tokenRevokeCommand(session))
}

import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { sandboxAttachCommand } from './sandbox-attach.ts'
import { sandboxConnectCommand } from './sandbox-connect.ts'
import { sandboxCreateCommand } from './sandbox-create.ts'
import { sandboxDeleteCommand } from './sandbox-delete.ts'
import { sandboxDetachCommand } from './sandbox-detach.ts'
import { sandboxExecCommand } from './sandbox-exec.ts'
import { sandboxListCommand } from './sandbox-list.ts'
import { sandboxRenewCommand } from './sandbox-renew.ts'
import { sandboxShowCommand } from './sandbox-show.ts'

/** `coatcheck sandbox …` */
export function sandboxCommand(session: Session): Command {
  return new Command('sandbox')
    .description('make sandboxes, and change what they may use while they live')
    .addHelpText('after', exampleLines('sandbox create --name ci --secret STRIPE_SECRET_KEY=stripe', 'sandbox list'))
    .addCommand(sandboxCreateCommand(session))
    .addCommand(sandboxConnectCommand(session))
    .addCommand(sandboxListCommand(session))
    .addCommand(sandboxShowCommand(session))
    .addCommand(sandboxExecCommand(session))
    .addCommand(sandboxAttachCommand(session))
    .addCommand(sandboxDetachCommand(session))
    .addCommand(sandboxRenewCommand(session))
    .addCommand(sandboxDeleteCommand(session))
}

import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { secretActivityCommand } from './secret-activity.ts'
import { secretCreateCommand } from './secret-create.ts'
import { secretDeleteCommand } from './secret-delete.ts'
import { secretListCommand } from './secret-list.ts'
import { secretRefreshCommand } from './secret-refresh.ts'
import { secretRotateCommand } from './secret-rotate.ts'
import { secretShowCommand } from './secret-show.ts'
import { secretUpdateCommand } from './secret-update.ts'

/** `coatcheck secret …` */
export function secretCommand(session: Session): Command {
  return new Command('secret')
    .description('store secrets, and say where they may go')
    .addHelpText('after', exampleLines('secret create stripe --provider stripe', 'secret list'))
    .addCommand(secretCreateCommand(session))
    .addCommand(secretListCommand(session))
    .addCommand(secretShowCommand(session))
    .addCommand(secretActivityCommand(session))
    .addCommand(secretRotateCommand(session))
    .addCommand(secretRefreshCommand(session))
    .addCommand(secretUpdateCommand(session))
    .addCommand(secretDeleteCommand(session))
}

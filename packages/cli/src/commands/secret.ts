import { Command } from 'commander'
import type { Session } from '../session.ts'
import { secretActivityCommand } from './secret-activity.ts'
import { secretCreateCommand } from './secret-create.ts'
import { secretDeleteCommand } from './secret-delete.ts'
import { secretListCommand } from './secret-list.ts'
import { secretRotateCommand } from './secret-rotate.ts'
import { secretShowCommand } from './secret-show.ts'
import { secretUpdateCommand } from './secret-update.ts'

/** `coatcheck secret …` */
export function secretCommand(session: Session): Command {
  return new Command('secret')
    .description('store secrets, and say where they may go')
    .addCommand(secretCreateCommand(session))
    .addCommand(secretListCommand(session))
    .addCommand(secretShowCommand(session))
    .addCommand(secretActivityCommand(session))
    .addCommand(secretRotateCommand(session))
    .addCommand(secretUpdateCommand(session))
    .addCommand(secretDeleteCommand(session))
}

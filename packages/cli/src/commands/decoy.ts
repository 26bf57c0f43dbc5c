import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { decoyCreateCommand } from './decoy-create.ts'
import { decoyDeleteCommand } from './decoy-delete.ts'
import { decoyListCommand } from './decoy-list.ts'

/** `coatcheck decoy …` */
export function decoyCommand(session: Session): Command {
  return new Command('decoy')
    .description('lay out placeholders that belong to nothing, and whose use is an alarm')
    .addHelpText('after', exampleLines('decoy create wiki --provider stripe', 'decoy list'))
    .addCommand(decoyCreateCommand(session))
    .addCommand(decoyListCommand(session))
    .addCommand(decoyDeleteCommand(session))
}

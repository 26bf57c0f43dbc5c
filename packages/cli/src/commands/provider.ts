import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { providerApplyCommand } from './provider-apply.ts'
import { providerDeleteCommand } from './provider-delete.ts'
import { providerListCommand } from './provider-list.ts'
import { providerShowCommand } from './provider-show.ts'

/** `coatcheck provider …` */
export function providerCommand(session: Session): Command {
  return new Command('provider')
    .alias('providers')
    .description('show the services that Coatcheck knows, and describe your own')
    .addHelpText('after', exampleLines('provider list', 'provider show stripe'))
    .addCommand(providerListCommand(session))
    .addCommand(providerShowCommand(session))
    .addCommand(providerApplyCommand(session))
    .addCommand(providerDeleteCommand(session))
}

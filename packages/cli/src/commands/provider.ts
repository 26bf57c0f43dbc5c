import { Command } from 'commander'
import type { Session } from '../session.ts'
import { providerApplyCommand } from './provider-apply.ts'
import { providerDeleteCommand } from './provider-delete.ts'
import { providerListCommand } from './provider-list.ts'
import { providerShowCommand } from './provider-show.ts'

/** `coatcheck provider …` */
export function providerCommand(session: Session): Command {
  return new Command('provider')
    .description('show the services that Coatcheck knows, and describe your own')
    .addCommand(providerListCommand(session))
    .addCommand(providerShowCommand(session))
    .addCommand(providerApplyCommand(session))
    .addCommand(providerDeleteCommand(session))
}

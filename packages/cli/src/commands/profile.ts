import { Command } from 'commander'
import type { Session } from '../session.ts'
import { profileApplyCommand } from './profile-apply.ts'
import { profileDeleteCommand } from './profile-delete.ts'
import { profileListCommand } from './profile-list.ts'
import { profileShowCommand } from './profile-show.ts'

const examples = `
Examples:
  $ coatcheck profile list
  $ coatcheck profile show dev
  $ coatcheck profile apply checkout.yaml
  $ coatcheck run --profile checkout -- npm test`

/** `coatcheck profile …` */
export function profileCommand(session: Session): Command {
  return new Command('profile')
    .alias('profiles')
    .description('show what sandboxes start from, and make profiles of your own')
    .addHelpText('after', examples)
    .addCommand(profileListCommand(session))
    .addCommand(profileShowCommand(session))
    .addCommand(profileApplyCommand(session))
    .addCommand(profileDeleteCommand(session))
}

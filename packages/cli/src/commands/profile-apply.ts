import { CoatcheckError, type ProfileDefinition } from '@coatcheck/contract'
import { Command } from 'commander'
import { profileLines } from '../profile-lines.ts'
import { readDescriptionOr } from '../read-description-or.ts'
import type { Session } from '../session.ts'

const examples = `
A file of this form:
  name: checkout
  description: Works on the till
  network:
    allow: ['*.npmjs.org']
    deny: [gist.github.com]
  secrets:
    STRIPE_SECRET_KEY: stripe-test
  rules:
    STRIPE_SECRET_KEY:
      default: deny
      rules:
        - { effect: allow, methods: [GET], paths: any }
  caps:
    - { unit: requests, limit: 500, window: day }
  ttlSeconds: 7200

Examples:
  $ coatcheck profile apply checkout.yaml
  $ coatcheck reach --profile checkout
  $ coatcheck run --profile checkout -- claude`

/** `coatcheck profile apply` */
export function profileApplyCommand(session: Session): Command {
  return new Command('apply')
    .description('make a profile of your own, or put another in its place')
    .argument('<file>', 'YAML or JSON; - is standard input')
    .addHelpText('after', examples)
    .action(async (file: string, _options, self: Command) => {
      const definition = await readDescriptionOr(file, session.surroundings.stdin)
      const { name } = definition
      if (typeof name !== 'string') throw new CoatcheckError('request_invalid', { reason: 'name: it is missing' })
      await session.withBroker(self, async ({ client, output }) => {
        const profile = await client.profiles.apply({ ...(definition as unknown as ProfileDefinition), name })
        output.show(profile, () => profileLines(profile))
      })
    })
}

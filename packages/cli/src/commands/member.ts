import type { TokenRole } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck member …` */
export function memberCommand(session: Session): Command {
  return new Command('member')
    .description('say who has a part in a project, and as what')
    .addHelpText(
      'after',
      exampleLines('member set ann --role operator', 'token create laptop --role owner --member ann'),
    )
    .addCommand(setCommand(session))
    .addCommand(listCommand(session))
    .addCommand(removeCommand(session))
}

function setCommand(session: Session): Command {
  return new Command('set')
    .description('add a member, or give one another role; it holds at once for all of their tokens')
    .argument('<name>', 'what the project calls them')
    .addOption(
      new Option('--role <role>', 'what they may do')
        .choices(['auditor', 'issuer', 'operator', 'owner'])
        .makeOptionMandatory(),
    )
    .addHelpText('after', exampleLines('member set ann --role operator'))
    .action((name: string, { role }: { readonly role: TokenRole }, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const member = await client.members.set(name, { role })
        output.show(member, () => [`${name}: ${member.role}`])
      }),
    )
}

function listCommand(session: Session): Command {
  return new Command('list')
    .description('list the members of the project')
    .addHelpText('after', exampleLines('member list'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const members = await allItems((query) => client.members.list(query))
        output.show(members, () => {
          if (members.length === 0) return ['No members yet. Add one with coatcheck member set.']
          const rows = members.map(({ name, role, createdAt }) => [name, role, createdAt])
          return tableLines(['NAME', 'ROLE', 'SINCE'], rows)
        })
      }),
    )
}

function removeCommand(session: Session): Command {
  return new Command('remove')
    .description('remove a member; none of their tokens is good any more')
    .argument('<name>', 'what the project calls them')
    .addHelpText('after', exampleLines('member remove ann'))
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.members.remove(name)
        output.show({ name, removed: true }, () => [`${name} is no member any more.`])
      }),
    )
}

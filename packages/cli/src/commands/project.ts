import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck project …` */
export function projectCommand(session: Session): Command {
  return new Command('project')
    .description('keep the secrets, sandboxes and tokens of several tenants apart')
    .addHelpText('after', exampleLines('project create shop', '--project shop token create ann --role owner'))
    .addCommand(createCommand(session))
    .addCommand(listCommand(session))
    .addCommand(deleteCommand(session))
}

function createCommand(session: Session): Command {
  return new Command('create')
    .description('create a project')
    .argument('<name>', 'lower-case letters, digits and -')
    .addHelpText('after', exampleLines('project create shop'))
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const project = await client.projects.create({ name })
        output.show(project, () => [`${name} is there. Act in it with --project ${name}.`])
      }),
    )
}

function listCommand(session: Session): Command {
  return new Command('list')
    .description('list the projects of the installation')
    .addHelpText('after', exampleLines('project list'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const projects = await allItems((query) => client.projects.list(query))
        const rows = projects.map(({ name, createdAt }) => [name, createdAt ?? 'always'])
        output.show(projects, () => tableLines(['NAME', 'CREATED'], rows))
      }),
    )
}

function deleteCommand(session: Session): Command {
  return new Command('delete')
    .description('delete a project that has nothing in it any more')
    .argument('<name>', 'as the list shows it')
    .addHelpText('after', exampleLines('project delete shop'))
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.projects.delete(name)
        output.show({ name, deleted: true }, () => [`${name} is deleted, with its tokens, members, rules and caps.`])
      }),
    )
}

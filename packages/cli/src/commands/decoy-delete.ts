import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'

/** `coatcheck decoy delete` */
export function decoyDeleteCommand(session: Session): Command {
  return new Command('delete')
    .description('forget a decoy: its text raises no alarm any more')
    .addHelpText('after', exampleLines('decoy delete dcy_4k9x'))
    .argument('<id>', 'as the list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.decoys.delete(id)
        output.show({ id, deleted: true }, () => [`${id} is forgotten. Its text raises no alarm any more.`])
      }),
    )
}

import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'

/** `coatcheck sandbox delete` */
export function sandboxDeleteCommand(session: Session): Command {
  return new Command('delete')
    .description('end a sandbox: its placeholders are dead, and what is open closes')
    .addHelpText('after', exampleLines('sandbox delete sbx_7q2m'))
    .argument('<id>', 'which sandbox, as sandbox list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.sandboxes.end(id)
        output.show({ ended: id }, () => [`${id} has ended.`])
      }),
    )
}

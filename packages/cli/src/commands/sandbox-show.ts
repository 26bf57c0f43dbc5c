import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { sandboxLines } from '../sandbox-lines.ts'
import type { Session } from '../session.ts'

/** `coatcheck sandbox show` */
export function sandboxShowCommand(session: Session): Command {
  return new Command('show')
    .description('show a sandbox with its rules and grants')
    .addHelpText('after', exampleLines('sandbox show sbx_7q2m'))
    .argument('<id>', 'which sandbox, as sandbox list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const sandbox = await client.sandboxes.get(id)
        output.show(sandbox, () => sandboxLines(sandbox))
      }),
    )
}

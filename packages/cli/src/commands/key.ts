import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import { keyLines, keyTable } from '../key-lines.ts'
import type { Session } from '../session.ts'
import { keyCreateCommand } from './key-create.ts'

/** `coatcheck key …` */
export function keyCommand(session: Session): Command {
  return new Command('key')
    .description('issue keys that work without a sandbox, within bounds')
    .addHelpText(
      'after',
      exampleLines("key create --provider stripe --cap 50/day --allow 'POST /v1/payment_intents' --expires 30m"),
    )
    .addCommand(keyCreateCommand(session))
    .addCommand(listCommand(session))
    .addCommand(showCommand(session))
    .addCommand(revokeCommand(session))
}

function listCommand(session: Session): Command {
  return new Command('list')
    .description('list virtual keys, without their texts')
    .addHelpText('after', exampleLines('key list', 'key list --json'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const keys = await allItems((query) => client.keys.list(query))
        output.show(keys, () => keyTable(keys))
      }),
    )
}

function showCommand(session: Session): Command {
  return new Command('show')
    .description('show one virtual key: its rules, caps and end')
    .addHelpText('after', exampleLines('key show key_7q2m'))
    .argument('<id>', 'as the list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const key = await client.keys.get(id)
        output.show(key, () => keyLines(key))
      }),
    )
}

function revokeCommand(session: Session): Command {
  return new Command('revoke')
    .description('refuse a virtual key from now on, and end what is open with it')
    .addHelpText('after', exampleLines('key revoke key_7q2m'))
    .argument('<id>', 'as the list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.keys.revoke(id)
        output.show({ id, revoked: true }, () => [`${id} is revoked.`])
      }),
    )
}

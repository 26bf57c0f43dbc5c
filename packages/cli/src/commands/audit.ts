import { readFileSync } from 'node:fs'
import type { AuditCheckpoint } from '@coatcheck/contract'
import { Command, InvalidArgumentError } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import type { Session } from '../session.ts'

const examples = `
A checkpoint that is kept on another machine shows every later change to what came before it.

Examples:
  $ coatcheck audit checkpoint > /mnt/elsewhere/checkpoint.json
  $ coatcheck audit verify --anchor /mnt/elsewhere/checkpoint.json`

/** `coatcheck audit …` */
export function auditCommand(session: Session): Command {
  return new Command('audit')
    .description('check the audit journal')
    .addCommand(verifyCommand(session))
    .addCommand(checkpointCommand(session))
}

function verifyCommand(session: Session): Command {
  return new Command('verify')
    .description('find any edit, gap or cut in the journal; ends with 1 when there is one')
    .option('--anchor <file>', 'a checkpoint that was kept outside (repeatable)', collectAnchor)
    .addHelpText('after', examples)
    .action(({ anchor }: { readonly anchor?: readonly AuditCheckpoint[] }, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const result = await client.audit.verify(anchor)
        const { ok, records, journals, faults, unanchoredSince } = result
        output.show(result, () => [
          `${ok ? 'Intact' : 'Not intact'}: ${records} records in ${journals} journals.`,
          ...faults,
          ...(unanchoredSince === null ? [] : [`Unanchored since ${unanchoredSince}.`]),
        ])
        if (!ok) session.exitCode = exitCodes.failure.code
      }),
    )
}

function checkpointCommand(session: Session): Command {
  return new Command('checkpoint')
    .description('print a signed statement of how far the journal went, as JSON')
    .addHelpText('after', examples)
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const checkpoint = await client.audit.checkpoint()
        output.show(checkpoint, () => JSON.stringify(checkpoint, null, 2).split('\n'))
      }),
    )
}

function collectAnchor(path: string, earlier: readonly AuditCheckpoint[] = []): readonly AuditCheckpoint[] {
  try {
    return [...earlier, JSON.parse(readFileSync(path, 'utf8')) as AuditCheckpoint]
  } catch {
    // Which of the two it was matters less than that this file anchors nothing.
    throw new InvalidArgumentError('The file cannot be read as a checkpoint.')
  }
}

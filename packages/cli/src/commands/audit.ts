import { readFileSync } from 'node:fs'
import type { AuditCheckpoint } from '@coatcheck/contract'
import { Command, InvalidArgumentError } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { exitCodes } from '../exit-codes.ts'
import { whyNot } from '../file-failure.ts'
import type { Session } from '../session.ts'
import { whileWaiting } from '../while-waiting.ts'

const examples = `
A checkpoint that is kept on another machine shows every later change to what came before it.

Examples:
  $ coatcheck audit checkpoint > /mnt/elsewhere/checkpoint.json
  $ coatcheck audit verify --anchor /mnt/elsewhere/checkpoint.json`

/** `coatcheck audit …` */
export function auditCommand(session: Session): Command {
  return new Command('audit')
    .description('check the audit journal')
    .addHelpText('after', exampleLines('audit verify', 'audit checkpoint > checkpoint.json'))
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
        const result = await whileWaiting(session.surroundings.stderr, 'Verifying', client.audit.verify(anchor))
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
  return [...earlier, checkpointFrom(readCheckpoint(path))]
}

function readCheckpoint(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`${whyNot('The file cannot be read', error)}.`)
  }
}

/** Its signature is the broker's to check; what lacks one was never a checkpoint. */
function checkpointFrom(text: string): AuditCheckpoint {
  try {
    const checkpoint = JSON.parse(text) as AuditCheckpoint | null
    if (typeof checkpoint?.signature === 'string' && Array.isArray(checkpoint.heads)) return checkpoint
  } catch {
    // Not JSON: said below.
  }
  throw new InvalidArgumentError('The file is not a checkpoint, as coatcheck audit checkpoint prints one.')
}

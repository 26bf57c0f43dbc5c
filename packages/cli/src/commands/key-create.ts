import type { Cap, KeyCreate, Rule, RuleList } from '@coatcheck/contract'
import { Command, InvalidArgumentError } from 'commander'
import { newKeyLines } from '../key-lines.ts'
import { collectAllowedCall } from '../parse-allowed-call.ts'
import { parseCap } from '../parse-cap.ts'
import { parseDuration } from '../parse-duration.ts'
import { readRuleFile } from '../read-rule-files.ts'
import type { Session } from '../session.ts'
import { withNewFile } from '../write-once.ts'

const examples = `
The key is shown once. It works alone, for whoever has it, so it has to have rules, a cap and an end; nothing extends it.

Examples:
  $ coatcheck key create --provider stripe --cap 50/day --allow 'POST /v1/payment_intents' --expires 30m
  $ coatcheck key create --secret openai --label ci --cap 5usd/total --rules rules.yaml --expires 8h --out ci.key`

interface CreateOptions {
  readonly provider?: string
  readonly secret?: string
  readonly label?: string
  readonly cap: readonly Cap[]
  readonly allow?: readonly Rule[]
  readonly rules?: string
  readonly expires: number
  readonly from?: readonly string[]
  readonly out?: string
}

/** `coatcheck key create` */
export function keyCreateCommand(session: Session): Command {
  return new Command('create')
    .description('issue a key that is good for one secret, from anywhere, within bounds')
    .option('--provider <id>', 'the service whose secret it stands for')
    .option('--secret <name>', 'the secret, where the service has several')
    .option('--label <text>', 'what to call it; the service or the secret when absent')
    .requiredOption(
      '--cap <cap>',
      'how much it may use: 50/day are dollars, 100requests/hour; repeatable',
      collectKeyCap,
    )
    .option('--allow <call>', "a call that it may make: 'POST /v1/payment_intents'; repeatable", collectAllowedCall)
    .option('--rules <file>', 'a rule list, in YAML or JSON, in the place of --allow')
    .requiredOption('--expires <duration>', 'how long it is good: 30m, 8h, 7d; 30d at most', parseDuration)
    .option('--from <cidr>', 'addresses from which alone it is good; repeatable', (text, earlier: string[] = []) => [
      ...earlier,
      text,
    ])
    .option('--out <file>', 'write it into this new file, mode 0600, instead of showing it')
    .addHelpText('after', examples)
    .action(async (options: CreateOptions, self: Command) => {
      const input = inputOf(options, self)
      await withNewFile(options.out, session.surroundings.cwd, (file) =>
        session.withBroker(self, async ({ client, output }) => {
          const created = await client.keys.create(input)
          if (file === undefined) return output.show(created, () => [created.key, ...newKeyLines(created)])
          await file.write(created.key, () => client.keys.revoke(created.id))
          const { key: _, env, ...view } = created
          const addresses = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== created.key))
          const shown = { ...view, env: addresses, file: file.path }
          output.show(shown, () => [...newKeyLines(created), `The key is in ${file.path}`])
        }),
      )
    })
}

function inputOf(options: CreateOptions, self: Command): KeyCreate {
  const { provider, secret, cap, expires, from } = options
  const label = options.label ?? provider ?? secret
  if (label === undefined) self.error("error: option '--provider <id>' or '--secret <name>' is needed")
  return {
    label: label ?? '',
    ...(provider !== undefined && { provider }),
    ...(secret !== undefined && { secret }),
    rules: rulesOf(options, self),
    caps: cap,
    expiresIn: expires,
    ...(from !== undefined && { from }),
  }
}

function rulesOf({ allow, rules }: CreateOptions, self: Command): RuleList {
  if (allow !== undefined && rules === undefined) return { default: 'deny', rules: allow }
  if (allow === undefined && rules !== undefined) return readRuleFile(rules)
  return self.error("error: exactly one of '--allow <call>' and '--rules <file>' is needed")
}

/** Dollars are meant where no unit is written. */
function collectKeyCap(text: string, earlier: readonly Cap[] = []): readonly Cap[] {
  const [, amount, rest] = /^([\d.]+)(\/.+)$/.exec(text) ?? []
  if (text.startsWith('/')) throw new InvalidArgumentError('Write an amount, and for how long: 50/day.')
  return [...earlier, parseCap(amount === undefined ? text : `${amount}usd${rest}`)]
}

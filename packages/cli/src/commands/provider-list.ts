import type { ProviderView } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck provider list` */
export function providerListCommand(session: Session): Command {
  return new Command('list')
    .description('list providers by category, with the variables from which their clients read the key')
    .addHelpText(
      'after',
      exampleLines('provider list', 'provider list --category payments', 'provider list --host api.stripe.com'),
    )
    .addOption(new Option('--category <name>', 'only this category'))
    .option('--variable <name>', 'only those whose clients read their key from it')
    .option('--host <host>', 'only those that a request to it belongs to')
    .option('--own', 'only those that you described yourself')
    .action((options: ListOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const found = (await allItems((query) => client.providers.list(query))).filter((each) => fits(each, options))
        output.show(found, () => (found.length === 0 ? ['No such providers.'] : lines(found)))
      }),
    )
}

interface ListOptions {
  readonly category?: string
  readonly host?: string
  readonly own?: boolean
  readonly variable?: string
}

function fits({ category, hosts, origin, variables }: ProviderView, options: ListOptions): boolean {
  if (options.own === true && origin !== 'own') return false
  if (options.variable !== undefined && !variables.includes(options.variable)) return false
  const asked = options.host?.toLowerCase()
  if (asked !== undefined && !hosts.some(({ host }) => isAtHost(asked, host))) return false
  return options.category === undefined || options.category === category
}

/** Whether a host is the one that a provider names, or below its suffix. */
function isAtHost(asked: string, host: string): boolean {
  return host === asked || (host.startsWith('*.') && asked.endsWith(host.slice(1)))
}

function lines(providers: readonly ProviderView[]): readonly string[] {
  const sorted = providers.toSorted((one, other) => compare(one.category, other.category) || compare(one.id, other.id))
  const rows = sorted.map(({ category, id, name, origin, variables }, index) => [
    category === sorted[index - 1]?.category ? ' ' : category,
    id,
    name,
    origin === 'own' ? 'own' : '',
    variables.join(' '),
  ])
  return tableLines(['CATEGORY', 'ID', 'NAME', 'ORIGIN', 'VARIABLES'], rows)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

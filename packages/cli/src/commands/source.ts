import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { homePaths } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { demandConsent } from '../ask-at-terminal.ts'
import { exampleLines } from '../example-lines.ts'
import { homeHere } from '../home-here.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

const example = `
A file of this form is enough:
  sources:
    stripe-key:
      kind: exec
      command: [/usr/bin/pass, show, stripe]
      to: [api.stripe.com]

Examples:
  $ coatcheck source apply sources.yaml
  $ coatcheck secret create stripe --provider stripe --source stripe-key`

/** `coatcheck source …` */
export function sourceCommand(session: Session): Command {
  return new Command('source')
    .description('say where values come from that the vault does not hold')
    .addHelpText('after', exampleLines('source apply sources.yaml', 'source list'))
    .addCommand(applyCommand(session))
    .addCommand(listCommand(session))
}

function applyCommand(session: Session): Command {
  return new Command('apply')
    .description('approve a file of sources, and keep it in this home in the place of the one before')
    .argument('<file>', 'YAML or JSON; it runs programs and reads files as the broker does')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', example)
    .action(async (file: string, { yes = false }: { readonly yes?: boolean }, self: Command) => {
      const home = homeHere(session, self)
      const { surroundings } = session
      const { checkSources, writeSources } = await import('@coatcheck/broker/offline')
      const checked = checkSources(home, resolve(surroundings.cwd, file))
      const { sources, sha256 } = checked
      const output = session.output(self)
      const lines = sources.map(
        ({ name, kind, options, to }) =>
          `${name}: ${kind} ${printableJson(options)}, to ${to.map(printable).join(' ')}`,
      )
      if (!yes) {
        // SECURITY: SEC-06. Nobody but a person, or who wrote the script, decides what the broker runs.
        if (!surroundings.stdin.isTTY) throw invalid('nobody is there to approve the file: add --yes')
        surroundings.stderr.write(`${lines.join('\n')}\n`)
        await demandConsent(`Let brokers of this home use these ${sources.length} sources?`, surroundings)
      }
      writeSources(home, checked)
      output.show({ sources, sha256 }, () => [...lines, `Approved, as sha256:${sha256}`])
      const { socket } = homePaths(home)
      if (existsSync(socket)) {
        const remark = 'a broker that serves this home goes on with what it read; start it again'
        output.note(remark, { restart: socket })
      }
    })
}

function listCommand(session: Session): Command {
  return new Command('list')
    .description('list the sources, and what each said last')
    .addHelpText('after', exampleLines('source list'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const sources = await allItems((query) => client.sources.list(query))
        output.show(sources, () => {
          if (sources.length === 0) return ['No sources. Approve a file of them with coatcheck source apply.']
          const rows = sources.map(({ name, kind, to, fetchedAt, lastError }) => [
            name,
            kind ?? '',
            to.join(' '),
            fetchedAt ?? 'never',
            lastError ?? '',
          ])
          return tableLines(['NAME', 'KIND', 'TO', 'FETCHED', 'LAST ERROR'], rows)
        })
      }),
    )
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}

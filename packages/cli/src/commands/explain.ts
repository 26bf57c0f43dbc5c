import { CoatcheckError, type ExplainHeader } from '@coatcheck/contract'
import { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { explanationLines } from '../explanation-lines.ts'
import type { Session } from '../session.ts'

const help = `
Nothing is sent: the request goes through the stages that decide, and no further. In the URL and in headers, $NAME stands for
the placeholder in that variable; keep your shell from reading it. Ends with code 4 when the request would be refused. A connection that
speaks no HTTP is named by the scheme, host and port of its scope; the method does not matter then.

Examples:
  $ coatcheck explain GET https://api.openai.com/v1/models --sandbox web --header 'Authorization: Bearer $OPENAI_API_KEY'
  $ coatcheck explain GET 'https://x-access-token:$GITHUB_TOKEN@github.com/acme/app.git/info/refs' --sandbox web
  $ coatcheck explain CONNECT postgres://db.example.com --sandbox web`

/** `coatcheck explain` */
export function explainCommand(session: Session): Command {
  return new Command('explain')
    .description('say which scope, secret, rules and caps a request of a sandbox would meet, or why none')
    .argument('<method>', 'of the request, such as GET')
    .argument('<url>', 'with https:// or http://, or the scheme of a connection, such as postgres://')
    .requiredOption('--sandbox <id-or-name>', 'the sandbox that would send it; it may have ended')
    .option('--header <field>', '`Name: value` of the request; may be repeated', addHeader, [])
    .addHelpText('after', help)
    .action(
      (
        method: string,
        url: string,
        { sandbox, header }: { readonly sandbox: string; readonly header: readonly ExplainHeader[] },
        self: Command,
      ) =>
        session.withBroker(self, async ({ client, output }) => {
          const explanation = await client.explain({ sandbox, method: method.toUpperCase(), url, headers: header })
          output.show(explanation, () => explanationLines(explanation))
          if (explanation.verdict.outcome === 'refused') session.exitCode = exitCodes.refused.code
        }),
    )
}

function addHeader(text: string, before: readonly ExplainHeader[]): readonly ExplainHeader[] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new CoatcheckError('request_invalid', { reason: 'write a header as `Name: value`' })
  }
  return [...before, { name, value: value.trimEnd() }]
}

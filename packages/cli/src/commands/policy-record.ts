import type { RuleCase } from '@coatcheck/contract'
import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { type ObservedExchange, type ObservedOptions, observedRequests } from '../observed-requests.ts'
import { parseSince } from '../parse-duration.ts'
import type { Session } from '../session.ts'

/** Refusals that rules decide about. */
const byRules: ReadonlySet<string> = new Set(['rule_denied', 'rule_unevaluable', 'call_refused'])

/** `coatcheck policy record` */
export function policyRecordCommand(session: Session): Command {
  return new Command('record')
    .description(
      'write what a sandbox did as cases for `policy test`: method, host and path, which is what the journal holds',
    )
    .requiredOption('--sandbox <id>', 'whose requests')
    .option('--since <time>', 'from an instant (RFC 3339) or a time ago: 30m, 8h', (text) =>
      parseSince(text, session.surroundings.now()),
    )
    .addHelpText('after', exampleLines('policy record --sandbox sbx_… > cases.yaml'))
    .action((options: ObservedOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const seen = await observedRequests(client, options)
        const { cases, left } = casesOf(seen)
        output.show({ cases }, () => ['cases:', ...cases.map((each) => `  - ${JSON.stringify(each)}`)])
        if (left > 0)
          output.note(`${left} requests have paths that the journal shows in part, and are left out`, { left })
      }),
    )
}

function casesOf(seen: readonly ObservedExchange[]): { readonly cases: readonly RuleCase[]; readonly left: number } {
  const cases = new Map<string, RuleCase>()
  let left = 0
  for (const { code, decision, host, isAnswered, method, path, port, scheme, secrets } of seen) {
    const expect = decision === 'allowed' ? 'allow' : byRules.has(code ?? '') ? 'deny' : undefined
    if (expect === undefined || isAnswered) continue
    if (path.includes('[masked]') || path.endsWith('...')) {
      left += 1
      continue
    }
    const authority = port === (scheme === 'http' ? 80 : 443) ? host : `${host}:${port}`
    const grants = secrets.map((secret) => ({ env: secret, secret }))
    const request = {
      method,
      url: `${scheme}://${authority}${path}`,
      ...(grants.length > 0 && { grants }),
      partial: true,
    }
    cases.set(JSON.stringify([request, expect]), { request, expect })
  }
  return { cases: [...cases.values()], left }
}

import { type ExplainedVerdict, problemBody } from '@coatcheck/contract'
import type { Exchange } from '../exchange.ts'
import type { Refusal } from '../refusal.ts'

/** The verdict on a request that is refused. */
export function refused({ code, facts, alarm = false }: Refusal): ExplainedVerdict {
  const { detail, remedy } = problemBody(code, facts)
  return { outcome: 'refused', code, detail, remedy, alarm }
}

/** The verdict on a request that went through every stage. */
export function passed({ attachments }: Exchange): ExplainedVerdict {
  if (attachments.length === 0) return { outcome: 'forwarded' }
  return {
    outcome: 'injected',
    attachments: attachments.map(({ grant, scope, attach }) => ({
      env: grant.grant.env,
      secret: grant.grant.ephemeral ? null : grant.secretName,
      to: scope.rule,
      injector: scope.inject.kind,
      attach,
    })),
  }
}

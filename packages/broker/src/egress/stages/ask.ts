import type { ApprovalAnswer, ApprovalAsker, ApprovalQuestion } from '../../approvals/approval-asker.ts'
import type { ModelPrices } from '../../caps/model-prices.ts'
import { internalHost } from '../agent-door.ts'
import { askedRequest, describedAction, digestOf } from '../asked-request.ts'
import type { Ending } from '../ending.ts'
import type { Asked, Exchange } from '../exchange.ts'
import { bodyNotHeld, type Refusal, refuse } from '../refusal.ts'
import { measureSpend } from './measure-exchange.ts'

/** In which a request names the approval that it was told to wait for. It stays with the broker. */
const retryKeyField = 'coatcheck-retry-key'

/** Longest body that a person is shown as it is, in bytes; of one that can be told in words, all that is held. */
const maxShownBytes = 65_536
/** Once for the question, and once more where somebody else used the approval up. */
const maxTurns = 2

/** Has the body of a request held that may have to be shown to a person. */
export function holdForApproval(exchange: Exchange): void {
  if (!Buffer.isBuffer(exchange.placedBody)) exchange.placedBody = 'wanted'
}

/**
 * Asks a person whether the request may go on, and waits for the answer for a while. SECURITY: nothing was dialled or revealed, and
 * only an approval of just this request, used up by it, lets it go on. Rejects with the reason of its ending.
 * @param judgeAnew asks every question again, as of now
 * @param prices what models cost; undefined where nobody knows
 */
export async function ask(
  exchange: Exchange,
  approvals: ApprovalAsker | undefined,
  judgeAnew: () => Promise<Refusal | undefined>,
  prices?: ModelPrices,
): Promise<Refusal | undefined> {
  if (approvals === undefined) return refuse('approval_unreachable')
  for (let turn = 0; turn < maxTurns; turn++) {
    const { asked, ending } = exchange
    if (asked === undefined) return undefined
    const body = shownBody(exchange)
    if (!Buffer.isBuffer(body)) return body
    const { amounts } = measureSpend(exchange, prices, [body])
    const request = askedRequest(exchange, asked.rule, body, amounts)
    const question = questionOf(exchange, asked, body, { request, mayWait: turn === 0 })
    const answer = await unlessEnded(approvals.ask(question), ending)
    if (answer.outcome !== 'approved') return refusalFor(answer, asked.rule)
    // SECURITY: what was decided about was true when it was asked; rules, grants and time may have moved since.
    const change = await judgeAnew()
    if (change !== undefined) return change
    if (exchange.asked === undefined) return undefined
    const digest = digestOf(exchange, exchange.asked, body)
    if (digest !== question.digest) continue
    if (!(await unlessEnded(approvals.take({ id: answer.id, sandboxId: question.sandboxId, digest }), ending))) continue
    if (ending.reason !== undefined) throw ending.reason
    exchange.approved = { id: answer.id, digest }
    return undefined
  }
  return refuse('approval_used')
}

/** Whether what is asked now, if anything is, was approved. */
export function stillApproved(exchange: Exchange): Refusal | undefined {
  const { approved, asked } = exchange
  if (asked === undefined) return undefined
  const body = shownBody(exchange)
  const isSame = approved !== undefined && Buffer.isBuffer(body) && digestOf(exchange, asked, body) === approved.digest
  return isSame ? undefined : refuse('approval_mismatch', { rule: asked.rule })
}

function questionOf(
  exchange: Exchange,
  asked: Asked,
  body: Buffer,
  shown: Pick<ApprovalQuestion, 'mayWait' | 'request'>,
): ApprovalQuestion {
  const retryKey = exchange.head.fields.find(({ name }) => name.toLowerCase() === retryKeyField)?.value.trim()
  return {
    sandboxId: exchange.arrival.sandboxId,
    digest: digestOf(exchange, asked, body),
    approvers: asked.approvers,
    ...shown,
    ...(retryKey !== undefined && { retryKey }),
  }
}

/** SECURITY: nobody approves what they cannot read, or anything but what is sent: rules that read a body may have it written anew. */
function shownBody(exchange: Exchange): Buffer | Refusal {
  const { carrier, head, placedBody } = exchange
  const chunks = Buffer.isBuffer(placedBody) ? [placedBody] : carrier.wholeBody()
  if (chunks === undefined) return bodyNotHeld()
  const body = Buffer.concat(chunks)
  const isCoded = head.fields.some(
    ({ name, value }) => name.toLowerCase() === 'content-encoding' && value.trim().toLowerCase() !== 'identity',
  )
  if (isCoded && body.length > 0) return refuse('body_unreadable', { reason: 'it is compressed' })
  if (body.length > maxShownBytes && describedAction(exchange, body) === undefined)
    return refuse('body_unreadable', { reason: 'it is too long to be shown to a person', limitBytes: maxShownBytes })
  return body
}

function refusalFor(answer: Exclude<ApprovalAnswer, { outcome: 'approved' }>, rule: string): Refusal {
  if (!('id' in answer)) return refuse(`approval_${answer.outcome}`, { rule })
  const { id: approval, outcome } = answer
  const status = `http://${internalHost}/approvals/${approval}`
  if (outcome !== 'pending') {
    return refuse(`approval_${outcome}`, { approval, rule, ...(answer.reason !== null && { reason: answer.reason }) })
  }
  const further = {
    'retry-after': String(answer.retryAfterSeconds),
    link: `<${status}>; rel="status"`,
    [retryKeyField]: approval,
  }
  return { ...refuse('approval_pending', { approval, rule, status }), further }
}

/** What comes of it, or the reason of the ending where that comes first. */
function unlessEnded<Result>(work: Promise<Result>, ending: Ending): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(ending.reason)
    const over = (): void => ending.offEnd(stop)
    ending.onEnd(stop)
    work.then(resolve, reject).finally(over)
  })
}

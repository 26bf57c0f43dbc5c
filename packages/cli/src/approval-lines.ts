import { type ApprovalView, capUsageText, type DecidedApproval, spendText } from '@coatcheck/contract'
import { fieldLines } from './table.ts'

/** What stands before each line that the sandbox wrote, so that none looks like one of ours. */
const quote = '  | '

/** An approval as lines for a person. SECURITY: SEC-13. The text of the sandbox stands behind a mark, line by line. */
export function approvalLines(view: ApprovalView): readonly string[] {
  const { access, request } = view
  const fields = fieldLines([
    ['approval', view.id],
    ['state', view.usedAt === null ? view.state : `${view.state}, used ${view.usedAt}`],
    ['sandbox', view.sandbox],
    ['asked', view.createdAt],
    ...(view.decidedAt === null ? [] : [['decided', `${view.decidedAt} by ${view.decidedBy}`] as const]),
    ...(view.reason === null ? [] : [['reason', view.reason] as const]),
    ...(view.state === 'pending' || (view.state === 'approved' && view.usedAt === null)
      ? [['until', view.expiresAt] as const]
      : []),
    ...(view.approvers.length === 0 ? [] : [['approvers', view.approvers.join(' ')] as const]),
    ...(request === undefined ? [] : [['rule', request.rule] as const]),
    ...(request?.grants ?? []).map(({ env, secret }) => ['secret', `${secret} for ${env}`] as const),
    ...(request?.spend === undefined ? [] : [['spend', spendText(request.spend)] as const]),
    ...(request?.caps ?? []).map((usage) => ['cap', capUsageText(usage)] as const),
    ...(access === undefined ? [] : accessFields(access)),
  ])
  if (request === undefined) return [...fields, 'for', ...quoted(access?.reason ?? '')]
  const { action, method, url, headers, body } = request
  const head = [`${method} ${url}`, ...headers.map(({ name, value }) => `${name}: ${value}`)]
  const told = action === undefined ? [] : ['what it does', ...action.flatMap(quoted)]
  const text = body === null || body.text === null ? [] : quoted(body.text)
  const size = body === null ? [] : [`body, ${body.bytes} bytes, sha256 ${body.sha256}`, ...text]
  return [...fields, 'request', ...head.flatMap(quoted), ...told, ...size]
}

/** What a decision came to, as lines for a person. */
export function decisionLines(decided: DecidedApproval): readonly string[] {
  const { id, state, expiresAt, grant, kind, usedAt } = decided
  if (state === 'denied') return [`${id} is denied. Nothing was sent.`]
  if (grant !== undefined) return Object.entries(grant.env).map(([name, text]) => `${name}=${text}`)
  if (kind === 'access' || usedAt !== null) return [`${id} is approved, and was used.`]
  return [`${id} is approved: the request goes through once, until ${expiresAt}.`]
}

function accessFields({ to, env, secrets }: NonNullable<ApprovalView['access']>) {
  return [
    ['access to', to] as const,
    ['variable', env ?? '- (say it with --env)'] as const,
    ['secrets', secrets.length === 0 ? '- (none fits)' : secrets.join(' ')] as const,
  ]
}

function quoted(text: string): readonly string[] {
  return text.split('\n').map((line) => `${quote}${line}`)
}

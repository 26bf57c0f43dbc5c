import { type ApprovalView, type AskedBody, capUsageText, spendText } from '@coatcheck/contract'

/** What a notification is about, beside the approval. */
export interface NotificationFacts {
  readonly webhook: string
  readonly nonce: string
  /** Where a decision is to be sent; absent where decisions come by other ways only. */
  readonly callbackUrl?: string
}

/** Longest text of a block, in characters; chats cut what is longer, and nobody approves what was cut. */
const maxBlockLength = 2_800

/** All of an approval as JSON; whoever gets it shows it to a person. */
export function plainNotification(approval: ApprovalView, facts: NotificationFacts): string {
  return JSON.stringify({ type: 'approval.asked', ...facts, approval })
}

/**
 * An approval in the form of a chat message of Slack. SECURITY: SEC-13. Text of the sandbox stands in blocks of plain text, with the
 * letters escaped that mean markup anywhere, and there are buttons only where all of it is shown.
 */
export function slackNotification(approval: ApprovalView, { nonce, webhook, callbackUrl }: NotificationFacts): string {
  const { id, access, request, sandbox } = approval
  const lines =
    request === undefined
      ? [`Access to ${access?.to}`, `Reason: ${access?.reason}`]
      : [
          `${request.method} ${request.url}`,
          `Rule: ${request.rule}`,
          ...request.grants.map(({ env, secret }) => `Secret: ${secret} for ${env}`),
          ...(request.spend === undefined ? [] : [`Spend: ${spendText(request.spend)}`]),
          ...(request.caps ?? []).map((usage) => `Cap: ${capUsageText(usage)}`),
          ...request.headers.map(({ name, value }) => `${name}: ${value}`),
          ...(request.action === undefined ? [] : ['', ...request.action]),
          ...bodyLines(request.body),
        ]
  const text = inert([`Sandbox: ${sandbox}`, ...lines].join('\n'))
  const isWhole = text.length <= maxBlockLength
  const shown = isWhole ? text : `${text.slice(0, maxBlockLength)}...`
  const hint = `Too long to be decided here. Look at it with: coatcheck approval show ${id}`
  const button = (decision: 'approve' | 'deny', style: 'primary' | 'danger') => ({
    type: 'button',
    style,
    text: plain(decision === 'approve' ? 'Approve' : 'Deny'),
    action_id: `coatcheck_${decision}`,
    value: JSON.stringify({ approval: id, webhook, nonce, decision }),
  })
  const actions = { type: 'actions', elements: [button('approve', 'primary'), button('deny', 'danger')] }
  return JSON.stringify({
    text: `Coatcheck: ${id} waits for a decision`,
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain('A sandbox asks') },
      { type: 'section', text: plain(shown) },
      ...(isWhole ? (callbackUrl === undefined ? [] : [actions]) : [{ type: 'section', text: plain(hint) }]),
    ],
  })
}

function bodyLines(body: AskedBody | null): readonly string[] {
  if (body === null) return []
  return ['', body.text ?? `Body: ${body.bytes} bytes, SHA-256 ${body.sha256}`]
}

function plain(text: string) {
  return { type: 'plain_text', text, emoji: false }
}

/** Letters that begin a mention, a link, an entity or markup, as escapes. */
function inert(text: string): string {
  return text.replaceAll(/[<>&@#*_~`|]/g, (letter) => `\\u{${letter.charCodeAt(0).toString(16)}}`)
}

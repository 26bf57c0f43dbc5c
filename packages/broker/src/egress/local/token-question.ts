import { parseBasicPair } from '../../injection/basic-pair.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { soleField } from '../../injection/sole-field.ts'

/** A question to a token endpoint, as a client inside sends it. */
export interface SeenQuestion {
  readonly grantType: string
  /** Everything that could be the client’s credential. */
  readonly shown: readonly string[]
  /** JSON Web Tokens that the client signed. */
  readonly assertions: readonly string[]
  readonly oauthScope: string | undefined
}

const credentials = ['refresh_token', 'client_secret']
const signed = ['assertion', 'client_assertion']

/** Reads what a client asks, from a form or from JSON; undefined where it cannot be read. */
export function readQuestion(head: RequestHead, body: Buffer): SeenQuestion | undefined {
  const members = readMembers(head, body.toString('utf8'))
  if (members === undefined) return undefined
  const texts = (names: readonly string[]): string[] => names.flatMap((name) => members.get(name) ?? [])
  const pair = parseBasicPair(soleField(head, 'authorization')?.value ?? '')
  const inPair = pair === undefined ? [] : [pair.user, pair.password ?? ''].map(formDecode)
  return {
    grantType: members.get('grant_type') ?? '',
    shown: [...texts(credentials), ...inPair],
    assertions: texts(signed),
    oauthScope: members.get('scope'),
  }
}

function readMembers(head: RequestHead, text: string): ReadonlyMap<string, string> | undefined {
  const type = soleField(head, 'content-type')?.value.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return new Map(new URLSearchParams(text))
  if (type !== 'application/json') return undefined
  try {
    const value: unknown = JSON.parse(text)
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return undefined
  }
}

/** RFC 6749 §2.3.1: both halves are written as in a form; some clients leave that out, which is the same for a placeholder. */
function formDecode(text: string): string {
  return new URLSearchParams(`=${text}`).get('') ?? ''
}

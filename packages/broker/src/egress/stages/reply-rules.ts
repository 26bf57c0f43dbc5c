import type { HeaderField } from '../../http/header-field.ts'
import { type NewKeys, type ScrubbedSecret, Scrubber } from '../../scrubbing/scrubber.ts'
import { strongBytes } from '../../vault/secret-strength.ts'
import type { Exchange, ReplyRules } from '../exchange.ts'
import { keyFormsOf } from '../key-forms.ts'

/** Ask for a part of a body, or for a compressed one. */
const partial = new Set(['range', 'if-range', 'accept-encoding'])

/** What becomes of the response to a request that carries a secret; undefined for one that carries none. The strictest scope decides. */
export function replyRules({ attachments, routes }: Exchange): ReplyRules | undefined {
  if (attachments.length === 0) return undefined
  const secrets = attachments.flatMap(({ grant, scope, secret }): ScrubbedSecret[] => {
    if (secret === undefined) throw new TypeError('reply rules before reveal')
    return secret.value.use((value) =>
      (scope.injection.confidentialParts?.(value) ?? [value]).map((bytes) => ({
        bytes: Buffer.from(bytes),
        placeholder: grant.placeholder,
        isWeak: bytes.length < strongBytes,
      })),
    )
  })
  const scopes = attachments.map(({ scope }) => scope)
  return {
    cookies: scopes.every(({ cookies }) => cookies === 'pass') ? 'pass' : 'drop',
    uninspected: scopes.every(({ uninspected }) => uninspected === 'pass') ? 'pass' : 'block',
    scrubber: new Scrubber(secrets, newKeysOf(attachments, routes)),
  }
}

/** What new keys look like in the response; undefined where nobody can tell, or nobody minds. */
function newKeysOf(attachments: Exchange['attachments'], { placeholders }: Exchange['routes']): NewKeys | undefined {
  const watched = attachments.filter(({ scope }) => scope.newKeys !== 'pass')
  const forms = watched.flatMap(({ grant }) => keyFormsOf(grant.provider))
  if (forms.length === 0) return undefined
  return {
    forms: [...new Set(forms)],
    placeholders,
    areBlocked: watched.some(({ scope }) => scope.newKeys === 'block'),
  }
}

/** The fields of a request whose response has to be searched: it is asked for whole, and as it is. */
export function plainlyAsked(fields: HeaderField[], rules: ReplyRules | undefined): HeaderField[] {
  if (rules?.uninspected !== 'block') return fields
  const kept = fields.filter(({ name }) => !partial.has(name.toLowerCase()))
  return [...kept, { name: 'Accept-Encoding', value: 'identity' }]
}

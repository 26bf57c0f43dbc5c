import type { TokenQuestion } from './derivation.ts'
import type { SecretMembers } from './secret-members.ts'

/** Where a client says who it is: in the form, as most services have it, or in a Basic pair. RFC 6749 §2.3.1. */
export type ClientAuthentication = 'body' | 'basic'

/** The names of `ClientAuthentication`. */
export const clientAuthentications: readonly ClientAuthentication[] = ['body', 'basic']

/** A question with the client’s own credential in it. @throws CoatcheckError `secret_unusable` */
export function askAsClient(
  form: Readonly<Record<string, string>>,
  id: string,
  secret: string | undefined,
  way: ClientAuthentication,
): TokenQuestion {
  if (way === 'body' || secret === undefined) {
    return { form: { ...form, client_id: id, ...(secret !== undefined && { client_secret: secret }) } }
  }
  const pair = `${formEncode(id)}:${formEncode(secret)}`
  return { form, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Id and secret of the client, as `client_id` and `client_secret`. @throws CoatcheckError `secret_unusable` */
export function readClient(members: SecretMembers): { readonly id: string; readonly secret: string } {
  return { id: members.text('client_id'), secret: members.text('client_secret') }
}

/** As `application/x-www-form-urlencoded` writes it. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

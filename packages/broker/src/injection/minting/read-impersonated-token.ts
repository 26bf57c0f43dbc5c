import { parseJsonObject } from '../../foundation/parse-json-object.ts'
import type { ReadAnswer } from '../derivation.ts'
import { isCredential, mintedReply, refusedReply } from './minted-reply.ts'

/** Reads what Google’s service for the credentials of service accounts answers to a question for an access token. */
export const readImpersonatedToken: ReadAnswer = ({ status, body }, now) => {
  if (status !== 200) return refusedReply(`status ${status}`)
  const members = parseJsonObject(body)
  const token = members?.['accessToken']
  return isCredential(token)
    ? mintedReply(token, members?.['expireTime'], now)
    : refusedReply('the answer has no fit accessToken')
}

import { verify } from 'node:crypto'
import { placeholderKey } from '../../injection/placeholder-key.ts'
import type { Refusal } from '../refusal.ts'
import type { RoutedGrant } from '../routes.ts'
import { type AnswerJudge, type LocalAnswer, placeholderSeconds } from './local-answer.ts'
import type { SeenQuestion } from './token-question.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const grantTypes: ReadonlySet<string> = new Set(['client_credentials', 'refresh_token', jwtBearer])

/**
 * What a token endpoint would say, with the placeholder in place of every token. SECURITY: only who shows a placeholder, or has signed
 * with its key, gets it back; nobody gets anything else (AC-5.4, SEC-12). `grants` are those of the asking sandbox.
 */
export async function answerTokenQuestion(
  question: SeenQuestion | undefined,
  grants: readonly RoutedGrant[],
  judge: AnswerJudge,
): Promise<LocalAnswer | Refusal> {
  if (question === undefined) return failure(400, 'invalid_request')
  const { grantType, oauthScope } = question
  if (!grantTypes.has(grantType)) return failure(400, 'unsupported_grant_type')
  const grant = await findGrant(question, grants)
  if (grant === undefined) {
    return grantType === 'client_credentials' ? failure(401, 'invalid_client') : failure(400, 'invalid_grant')
  }
  const refusal = judge(grant)
  if (refusal !== undefined) return refusal
  const { placeholder } = grant
  const isIdentity = grant.scopes.every(({ injection }) => injection.derivation?.takes === 'id_token')
  const tokens = isIdentity
    ? { id_token: placeholder }
    : {
        access_token: placeholder,
        token_type: 'Bearer',
        expires_in: placeholderSeconds,
        ...(grantType === 'refresh_token' && { refresh_token: placeholder }),
        ...(oauthScope !== undefined && { scope: oauthScope }),
      }
  return { status: 200, body: tokens, env: grant.grant.env }
}

async function findGrant(
  { shown, assertions }: SeenQuestion,
  grants: readonly RoutedGrant[],
): Promise<RoutedGrant | undefined> {
  const presented = grants.find(({ placeholder }) => shown.includes(placeholder))
  if (presented !== undefined) return presented
  for (const assertion of assertions.slice(0, 1)) {
    for (const grant of grants) if (await isSignedBy(assertion, grant.placeholder)) return grant
  }
  return undefined
}

/** RS256 alone: it is what the key of a placeholder is for. */
async function isSignedBy(assertion: string, placeholder: string): Promise<boolean> {
  const [head = '', claims = '', signature = '', ...rest] = assertion.split('.')
  if (rest.length > 0 || signature === '' || !hasAlgorithm(head)) return false
  const key = await placeholderKey(placeholder)
  return verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))
}

function hasAlgorithm(head: string): boolean {
  try {
    return JSON.parse(Buffer.from(head, 'base64url').toString()).alg === 'RS256'
  } catch {
    return false
  }
}

function failure(status: number, error: string): LocalAnswer {
  const description = 'Coatcheck answers for this endpoint, and takes the placeholder of this sandbox only.'
  return { status, body: { error, error_description: description } }
}

import type { Clock } from '../../foundation/clock.ts'
import { placeholderToken, readPlaceholderToken } from '../../injection/distribution/placeholder-token.ts'
import type { RegistryTokens } from '../../injection/distribution/registry-tokens.ts'
import { type TokenRequest, tokenRequest } from '../../injection/distribution/token-request.ts'
import type { DerivedCredentials } from '../derived-credentials.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { RoutedGrant } from '../routes.ts'
import type { AnswerJudge, LocalAnswer } from './local-answer.ts'
import type { RegistryQuestion, ShownCredential } from './registry-question.ts'

/** Shortest life that clients are told, in seconds: old ones take no shorter one. */
const leastSeconds = 60

/** A grant that gives tokens of a registry, with the tokens of each of its scopes. */
export interface RegistryGrant {
  readonly grant: RoutedGrant
  readonly tokens: readonly RegistryTokens[]
}

/** What the answer is made with. */
export interface RegistryParts {
  readonly judge: AnswerJudge
  readonly clock: Clock
  readonly derived: DerivedCredentials
}

/**
 * What the token service of a registry would say, with a placeholder token in place of the real one. The service is asked first, for
 * what is asked and allowed, so that what it refuses is refused here, and the token is at hand when the registry is. SECURITY: only who
 * shows a placeholder gets it back, and no real token passes in (AC-5.4, AC-5.5, SEC-12). `grants` are those of the asking sandbox.
 * @throws CoatcheckError as `DerivedCredentials.obtain` does
 */
export async function answerRegistryQuestion(
  question: RegistryQuestion | 'invalid_request' | 'unsupported_grant_type',
  grants: readonly RegistryGrant[],
  { clock, derived, judge }: RegistryParts,
): Promise<LocalAnswer | Refusal> {
  if (typeof question === 'string') return failure(400, question)
  const asker = findAsker(question.shown, grants)
  if (asker === undefined)
    return question.form === 'query' ? failure(401, 'invalid_client') : failure(400, 'invalid_grant')
  const request = tokenRequest({ ...question, user: asker.user })
  if (request === undefined) return failure(400, 'invalid_request')
  const chosen = choose(asker.grants, request)
  if (typeof chosen === 'string') return refuse('token_scope_refused', { reason: chosen })

  const { grant, tokens, allowed } = chosen
  // SECURITY: what a rule denies is not asked for either.
  const refusal = judge(grant)
  if (refusal !== undefined) return refusal
  const made = await derived.obtain(grant, tokens.derivationFor(allowed))
  made.value[Symbol.dispose]()
  const now = clock.now()
  const leftMs = (made.untilMs ?? 0) - now.getTime()
  const token = placeholderToken(grant.placeholder, allowed)
  const common = {
    access_token: token,
    expires_in: Math.max(leastSeconds, Math.floor(leftMs / 1_000)),
    issued_at: `${now.toISOString().slice(0, 19)}Z`,
  }
  const isRefreshable = question.isOffline || question.shown.kind === 'refresh'
  const refresh = placeholderToken(grant.placeholder, { ...allowed, scopes: [] })
  const body =
    question.form === 'query'
      ? { token, ...common }
      : {
          ...common,
          scope: allowed.scopes.join(' '),
          ...(isRefreshable && { refresh_token: refresh }),
        }
  return { status: 200, body, ...(allowed.user !== null && { env: grant.grant.env }) }
}

interface Asker {
  readonly user: string | null
  /** Those that may be meant. */
  readonly grants: readonly RegistryGrant[]
}

function findAsker(shown: ShownCredential, grants: readonly RegistryGrant[]): Asker | undefined {
  if (shown.kind === 'none') return { user: null, grants }
  if (shown.kind === 'pair') {
    const own = grants.filter(({ grant }) => grant.placeholder === shown.password)
    return own.length === 0 ? undefined : { user: shown.user, grants: own }
  }
  if (shown.kind !== 'refresh') return undefined
  for (const each of grants) {
    const user = readPlaceholderToken(shown.token, each.grant.placeholder)?.user
    if (user !== undefined && user !== null) return { user, grants: [each] }
  }
  return undefined
}

interface Chosen {
  readonly grant: RoutedGrant
  readonly tokens: RegistryTokens
  readonly allowed: TokenRequest
}

/** The first that allows all that is asked, or else the first that allows some of it; a reason where none does. */
function choose(grants: readonly RegistryGrant[], request: TokenRequest): Chosen | string {
  let reason = 'no secret of this sandbox is for it'
  let some: Chosen | undefined
  for (const { grant, tokens: each } of grants) {
    for (const tokens of each) {
      const allowed = tokens.allowed(request)
      if (typeof allowed === 'string') {
        reason = allowed
        continue
      }
      const chosen = { grant, tokens, allowed }
      if (allowed.scopes.length === request.scopes.length) return chosen
      some ??= chosen
    }
  }
  return some ?? reason
}

/** As token services of either form write it. */
function failure(
  status: number,
  error: 'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unsupported_grant_type',
): LocalAnswer {
  const message = 'Coatcheck answers for this token service, and takes the placeholder of this sandbox only.'
  const code = status === 401 || error === 'invalid_grant' ? 'UNAUTHORIZED' : 'UNSUPPORTED'
  return { status, body: { errors: [{ code, message }], error, error_description: message } }
}

import type { Destination } from '../foundation/destination.ts'
import type { RegistryTokens } from './distribution/registry-tokens.ts'

/** Where tokens are asked for; always over TLS. */
export interface TokenEndpoint {
  readonly destination: Destination
  /** Canonical path; no query. */
  readonly path: string
}

/** What is asked of a token endpoint. Holds values of the secret. */
export type TokenQuestion = FormQuestion | WrittenQuestion

/** The parameters of a form, and a credential of the client. */
export interface FormQuestion {
  readonly form: Readonly<Record<string, string>>
  /** Value of `Authorization`; absent where the form says all. */
  readonly authorization?: string
}

/** A question in a form of the service’s own. */
export interface WrittenQuestion {
  readonly method: 'DELETE' | 'GET' | 'POST'
  /** Behind the path, without its `?`; none when absent. */
  readonly query?: string
  /** Empty for a GET. */
  readonly body: string
  /** Beside those that say where it goes and how long it is. */
  readonly fields: Readonly<Record<string, string>>
}

/** What a token endpoint answered. */
export interface TokenAnswer {
  readonly status: number
  /** Holds a credential: wipe it after use. */
  readonly body: Buffer
}

/** A credential that a token endpoint gave. */
export interface GivenToken {
  readonly outcome: 'token'
  /** ASCII text. */
  readonly credential: string
  /** How long it is good for, in milliseconds. */
  readonly lifeMs: number
  readonly refreshToken: string | undefined
}

/** That a token endpoint gave none, or none that is used. */
export interface RefusedToken {
  readonly outcome: 'refused'
  readonly reason: string
  /** What was shown is dead, and asking again with it helps nobody. */
  readonly isFinal: boolean
  /** What it gave, where that is nothing to be used. */
  readonly surplus?: string
  /** The service does not know who asks, whatever is asked for. */
  readonly isOfAsker?: true
}

/** What a token endpoint’s answer means. */
export type TokenReply = GivenToken | RefusedToken

/** Understands an answer. */
export type ReadAnswer = (answer: TokenAnswer, now: Date) => TokenReply

/** One more question, asked with what the first one was answered with; its answer is the credential. */
export interface FurtherStep {
  readonly endpoint: TokenEndpoint
  ask(credential: string, now: Date): TokenQuestion
  readonly read: ReadAnswer
}

/** How a credential is made that reaches less far than the secret, and of which each grant has its own. */
export interface Minting {
  /** How the first answer is understood; as that of OAuth when absent. */
  readonly read?: ReadAnswer
  readonly further?: FurtherStep
  /** How a service is told that a credential is not needed any longer; absent where it has no way to be told. */
  readonly revoke?: {
    readonly endpoint: TokenEndpoint
    ask(credential: string): WrittenQuestion
  }
}

/** How the credential that goes on the wire is made from a secret: by asking a token endpoint. */
export interface Derivation {
  /** The same for derivations that ask the same of the same endpoint. Holds nothing of the secret. */
  readonly key: string
  readonly endpoint: TokenEndpoint
  /** Member of the reply that is the credential; null where clients inside never ask for such a one. */
  readonly takes: 'access_token' | 'id_token' | null
  /** Stands in for the machine's own identity, so that clients may ask Google's metadata server for it. */
  readonly isMachineIdentity: boolean
  /** Present where each grant gets a credential of its own. */
  readonly minting?: Minting
  /** Present where clients ask for one of many; what stands here is what these have in common. */
  readonly registry?: RegistryTokens
  /** Present where it is such a one, of which clients choose how many there are: who asks, of those that a client can choose. Holds nothing of the secret. */
  readonly asker?: string
  /** How an answer is understood; as that of OAuth when absent. */
  readonly read?: ReadAnswer
  /** What the journal has of a question; that it is a POST when absent. */
  readonly record?: { readonly method: 'GET'; readonly note: string }
  /**
   * @param holder id of the grant that it is for, which the service may be told
   * @throws CoatcheckError `secret_unusable`
   */
  ask(secret: Uint8Array, now: Date, holder?: string): TokenQuestion
  /** The secret with another refresh token in it; undefined where it has that one already, or has none. */
  renew(secret: Uint8Array, refreshToken: string): Uint8Array | undefined
}

import type { InjectorSpec } from '@coatcheck/contract'
import type { ClientIdentity } from '../foundation/client-identity.ts'
import type { SocketScheme } from '../foundation/destination.ts'
import type { BodyPlace } from './body/body-place.ts'
import type { Derivation } from './derivation.ts'
import type { PathTemplate } from './path-template.ts'
import type { RequestHead } from './request-head.ts'
import type { Signing } from './signing/signing.ts'

/** Part of a request in which an injector puts its secret. */
export type Surface = 'header' | 'query' | 'path' | 'body'

/** A way to put a secret on the wire, e.g. `bearer`. One file each in `injectors/`. */
export interface Injector {
  readonly kind: string
  readonly surfaces: readonly Surface[]
  /** Checks a scope's options once, when it is saved. @throws CoatcheckError `scope_invalid` */
  prepare(spec: InjectorSpec): Injection
}

/** Where an injection has its credential; whatever else stands there is a credential too. */
export interface CredentialPlaces {
  /** Field names, as `canonicalFieldName` writes them. */
  readonly fields: readonly string[]
  /** Parameter names, as `canonicalParameterName` writes them. */
  readonly parameters: readonly string[]
  readonly path: PathTemplate | null
}

/** Where and when a login is made. */
export interface LoginMoment {
  readonly host: string
  readonly port: number
  readonly now: Date
}

/** What a scope says about connections that speak no HTTP. */
export interface ConnectionLogin {
  readonly scheme: SocketScheme
  /** What clients are told the database is called; null where the scope names none. */
  readonly database: string | null
  /** What the options lack for this host, for people; undefined where nothing. */
  missingFor?(host: string): string | undefined
  /** Refuses a secret that says another place than its scope does. @throws CoatcheckError `secret_unusable` */
  checkPlace(secret: Uint8Array, host: string, port: number): void
  /**
   * Present where a connector is given what is made from the secret, and not the secret. To be overwritten once it was used.
   * @throws CoatcheckError `secret_unusable`
   */
  present?(secret: Uint8Array, moment: LoginMoment): Buffer
}

/** An injector with its options. */
export interface Injection {
  readonly places: CredentialPlaces
  /** Whether the placeholder stands in the place where this injector puts the secret. */
  carries(head: RequestHead, placeholder: string): boolean
  /**
   * Puts the secret there in its stead. Where `signing` is present: signs the head, which must be the one that leaves.
   * @param body as it was verified with
   * @throws CoatcheckError `secret_unusable`
   */
  apply(head: RequestHead, placeholder: string, secret: Uint8Array, body?: readonly Uint8Array[]): void
  /** Takes the placeholder out of its place and touches nothing else, so that the rest can be looked at. */
  blank(head: RequestHead, placeholder: string): void
  /**
   * Puts the secret on a request that has no credential; null where only a placeholder can say how.
   * @throws CoatcheckError `secret_unusable`
   */
  readonly attach: ((head: RequestHead, secret: Uint8Array) => void) | null
  /**
   * The secret as text that can stand in any WebSocket message; present where these are declared places.
   * @throws CoatcheckError `secret_unusable`
   */
  frameText?(secret: Uint8Array): string
  /** The service takes paths as they are: empty segments count, and nothing is decoded twice. */
  readonly takesLiteralPaths?: boolean
  /** Present where the secret goes into the body; then nothing else here reads or writes anything. */
  readonly body?: BodyPlace
  /** Present where the client signs with the placeholder; what it signed must be verified before anything else. */
  readonly signing?: Signing
  /** Present where what goes on the wire is made from what is stored: `apply` and `attach` are given what was made. */
  readonly derivation?: Derivation
  /**
   * Present where the secret stands in no request, and is shown to the service when it is dialled.
   * @throws CoatcheckError `secret_unusable`
   */
  clientIdentity?(secret: Uint8Array): ClientIdentity
  /** Present where the secret is a login that a connector presents; it stands in no request. */
  readonly login?: ConnectionLogin
  /** What of the secret must not come back; all of it when absent. */
  confidentialParts?(secret: Uint8Array): readonly Uint8Array[]
  /** Checks when the secret is saved that it can be sent. @throws CoatcheckError `secret_unusable` */
  check(secret: Uint8Array): void
}

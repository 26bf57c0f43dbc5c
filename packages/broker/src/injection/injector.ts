import type { InjectorSpec } from '@coatcheck/contract'
import type { RequestHead } from './request-head.ts'

/** Part of a request in which an injector puts its secret. */
export type Surface = 'header'

/** A way to put a secret on the wire, e.g. `bearer`. One file each in `injectors/`. */
export interface Injector {
  readonly kind: string
  readonly surfaces: readonly Surface[]
  /** Checks a scope's options once, when it is saved. @throws CoatcheckError `scope_invalid` */
  prepare(spec: InjectorSpec): Injection
}

/** An injector with its options. */
export interface Injection {
  /** Whether the placeholder stands in the one place where this injector puts the secret. */
  carries(head: RequestHead, placeholder: string): boolean
  /** Puts the secret there in its stead. @throws CoatcheckError `secret_unusable` */
  apply(head: RequestHead, placeholder: string, secret: Uint8Array): void
  /** Checks when the secret is saved that it can be sent. @throws CoatcheckError `secret_unusable` */
  check(secret: Uint8Array): void
}

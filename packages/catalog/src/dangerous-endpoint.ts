/**
 * Why a call deserves a rule of its own: `admin` changes who may do what or makes new credentials, `destructive` loses
 * work, `money` moves funds, `spend` costs much in one call, `exfil` carries data out, `publish` shows it to the world.
 */
export type DangerClass = 'admin' | 'destructive' | 'exfil' | 'money' | 'publish' | 'spend'

/** What must stand in the body for an endpoint to be dangerous. */
export type BodyCondition =
  | { readonly kind: 'graphql-mutation' }
  /** One of these top-level members has this value. */
  | { readonly kind: 'json-member'; readonly members: Readonly<Record<string, string | boolean>> }

/** A call that an agent seldom needs and that does lasting harm. */
export interface DangerousEndpoint {
  /** `*` is every method. */
  readonly method: string
  /** `*` is one segment or what is left of one, `**` the rest. */
  readonly path: string
  readonly class: DangerClass
  /** What the call does, in a few words. */
  readonly why: string
  /** Absent: the provider's first host. */
  readonly host?: string
  /** Parameters that must stand in the query. */
  readonly query?: Readonly<Record<string, string>>
  readonly body?: BodyCondition
}

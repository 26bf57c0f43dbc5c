/**
 * What is wrong with a call: `credentials` hands out, shows or adds one that works without the broker, `admin` changes who may do
 * what, `destructive` loses work, `money` moves funds, `spend` costs much in one call, `exfil` carries data out, `publish` shows it
 * to the world.
 */
export type DangerClass = 'admin' | 'credentials' | 'destructive' | 'exfil' | 'money' | 'publish' | 'spend'

/** Every `DangerClass`, in the order of names. */
export const dangerClasses: readonly DangerClass[] = [
  'admin',
  'credentials',
  'destructive',
  'exfil',
  'money',
  'publish',
  'spend',
]

/** What a scope refuses that says nothing about it: what such calls hand out works without the broker. */
export const refusedByDefault: readonly DangerClass[] = ['credentials']

/** How a secret is put on the wire: an injector and its options, e.g. `{ kind: 'header', name: 'x-api-key' }`. */
export interface InjectorSpec {
  readonly kind: string
  /** Text, a list of texts, or texts by name, as the injector's own options say. */
  readonly [option: string]: string | readonly string[] | Readonly<Record<string, string>> | undefined
}

/** Fixes a name to one address, for internal services. The address is not checked against private ranges. */
export interface Pin {
  /** IPv4 or IPv6 literal. */
  readonly address: string
  /** Port to dial instead of the destination's own. */
  readonly port?: number
}

/** Where a secret may go and how it is attached. */
export interface Scope {
  /** `[https://]host[:port][/path]`; the host is exact, `*.suffix` or `~regex`. */
  readonly to: string
  readonly inject: InjectorSpec
  /** `replace`, when absent: only where the placeholder stands. `always`: also to a request without any credential. */
  readonly attach?: 'replace' | 'always'
  /** What happens to a credential that Coatcheck did not issue; `refuse` when absent. `replace` takes it off the request. */
  readonly foreign?: 'refuse' | 'replace' | 'pass'
  /** What happens to cookies that the service sets; `drop` when absent. `keep`: the broker sends them back, and the sandbox does not see them. */
  readonly cookies?: 'drop' | 'keep' | 'pass'
  /**
   * What happens to a response that cannot be searched for the secret. When absent, `block` where the secret stands in the path or
   * the query, which services like to repeat, else `pass`.
   */
  readonly uninspected?: 'block' | 'pass'
  /**
   * Classes of calls, as the catalog knows them of the host, that are not sent with this secret; `credentials` alone when absent. An
   * empty list lets all of them through.
   */
  readonly refuse?: readonly DangerClass[]
  /**
   * What happens to a key in a response that has the form of the keys of the secret’s provider, and is none that is known; `mask`
   * when absent, which puts a worthless text of the same form there.
   */
  readonly newKeys?: 'block' | 'mask' | 'pass'
  readonly pin?: Pin
  /** Further root certificates for the destination, PEM. */
  readonly roots?: string
  /** Lets the name resolve to a private address. */
  readonly allowPrivate?: boolean
}

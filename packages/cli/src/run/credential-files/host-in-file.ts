import { providers } from '@coatcheck/catalog'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { faultOfPlace } from '../base-url.ts'

/** A host that a credential file names, or why a credential cannot go there. */
export type HostInFile =
  | { readonly to: string; readonly host: string; readonly fault?: never }
  | { readonly fault: string; readonly to?: never }

/** Reads `host[:port][/path]`, or an `https` URL. SECURITY: one exact host over TLS, by its public name. */
export function hostInFile(text: string): HostInFile {
  const url = URL.parse(/^[a-z+]+:\/\//i.test(text) ? text : `https://${text}`)
  const fault = url === null ? 'does not name a host' : faultOfPlace(url)
  if (url === null || fault !== undefined) return { fault: `its place ${fault}` }
  if (!/^[A-Za-z0-9.-]+$/.test(url.hostname) || !/^[A-Za-z0-9._~/@-]*$/.test(url.pathname)) {
    return { fault: 'its place has an unusual form' }
  }
  return { to: `${url.host}${url.pathname.replace(/\/+$/, '')}`, host: url.host }
}

/** Scopes at one place: one for each of the forms, and for those that the catalog knows of that host. */
export function scopesAt(to: string, injectors: readonly InjectorSpec[]): readonly Scope[] {
  const known = providers.flatMap(({ hosts }) =>
    hosts.filter(({ host }) => host === to).flatMap((one) => one.injectors),
  )
  const forms = new Map([...injectors, ...known].map((inject) => [JSON.stringify(inject), inject]))
  return [...forms.values()].map((inject) => ({ to, inject }))
}

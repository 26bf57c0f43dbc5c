import { isIP } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import type { ConnectionLogin, Injection } from './injector.ts'

/** The injection of a login that a connector does: nothing of it goes on a request, wherever the placeholder stands. */
export function loginInjection(login: ConnectionLogin, check: (secret: Uint8Array) => void): Injection {
  return {
    places: { fields: [], parameters: [], path: null },
    carries: () => false,
    apply() {
      throw new CoatcheckError('placeholder_undeclared_place')
    },
    blank() {},
    attach: null,
    login,
    check,
  }
}

/** Whether a connection URL leads to the place of its scope; one that is a password alone does. */
export function isAtPlace(
  login: { readonly host: string | null; readonly port: number | null },
  host: string,
  port: number,
): boolean {
  if (login.host === null) return true
  // An address is pinned beside the name that the scope has for it.
  const isElsewhere = isIP(login.host.replace(/^\[|\]$/g, '')) === 0 && login.host !== host
  return !isElsewhere && login.port === port
}

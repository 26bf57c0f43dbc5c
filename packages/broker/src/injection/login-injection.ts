import { isIP } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import { type ClientCertificate, demandLasting } from './client-certificate.ts'
import type { ConnectionLogin, Injection } from './injector.ts'
import type { LoginForm } from './login-form.ts'

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

/**
 * The same for a secret that is a connection URL, or what stands in one.
 * @param read throws CoatcheckError `secret_unusable` where the secret is none
 */
export function urlLoginInjection(
  login: Pick<ConnectionLogin, 'scheme' | 'database'>,
  form: LoginForm,
  read: (secret: Uint8Array) => UrlLogin,
): Injection {
  const checkPlace = (secret: Uint8Array, host: string, port: number): void => {
    if (!isAtPlace(read(secret), host, port)) {
      throw form.unusable('its host or port is another than that of its scope')
    }
  }
  return loginInjection({ ...login, checkPlace }, (secret) => {
    const { identity } = read(secret)
    if (identity !== undefined) demandLasting(identity)
  })
}

/** Where a login says that its service is; null where it says nothing of it. */
interface LoginPlace {
  readonly host: string | null
  readonly port: number | null
}

interface UrlLogin extends LoginPlace {
  readonly identity?: ClientCertificate
}

function isAtPlace(login: LoginPlace, host: string, port: number): boolean {
  if (login.host === null) return true
  // An address is pinned beside the name that the scope has for it.
  const isElsewhere = isIP(login.host.replace(/^\[|\]$/g, '')) === 0 && login.host !== host
  return !isElsewhere && login.port === port
}

import { CoatcheckError } from '@coatcheck/contract'

/** What a connection URL says, with its escapes undone. */
export interface LoginUrl {
  /** With its colon, in lower case. */
  readonly scheme: string
  /** Empty where it says none; the same for the password and the path. */
  readonly user: string
  readonly password: string
  /** Without its first slash. */
  readonly path: string
  /** In lower case. */
  readonly host: string
  /** Null where it says none. */
  readonly port: number | null
  readonly parameters: URLSearchParams
}

/** How the logins of one protocol are written as secrets. SECURITY: no refusal repeats anything of one. */
export class LoginForm {
  readonly #urlStart: RegExp
  readonly #hint: string

  /**
   * @param urlStart what its connection URLs begin with
   * @param hint says how to write one
   */
  constructor(urlStart: RegExp, hint: string) {
    this.#urlStart = urlStart
    this.#hint = hint
  }

  /** Whether a text is meant as a connection URL. */
  isUrl(text: string): boolean {
    return this.#urlStart.test(text)
  }

  /** The connection URL that a text is. @throws CoatcheckError `secret_unusable` */
  url(text: string): LoginUrl {
    // Other schemes than the ones that browsers know are read alike.
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined) throw this.unusable('the connection URL cannot be read')
    return {
      scheme: url.protocol,
      user: this.decoded(url.username),
      password: this.decoded(url.password),
      path: this.decoded(url.pathname.slice(1)),
      host: url.hostname.toLowerCase(),
      port: url.port === '' ? null : Number(url.port),
      parameters: url.searchParams,
    }
  }

  /** A part of a URL without its escapes. @throws CoatcheckError `secret_unusable` */
  decoded(text: string): string {
    try {
      return decodeURIComponent(text)
    } catch {
      throw this.unusable('the connection URL has a `%` that escapes nothing')
    }
  }

  /** The refusal of a secret that is no login of this form. */
  unusable(reason: string): CoatcheckError {
    return new CoatcheckError('secret_unusable', { reason, hint: this.#hint })
  }
}

/** A secret as text. */
export function textOfSecret(secret: Uint8Array): string {
  return Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('utf8')
}

import { CoatcheckError } from '@coatcheck/contract'
import { type ClientCertificate, readClientCertificate } from './client-certificate.ts'

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

/** What a secret of a connector holds. */
export interface LoginSecret {
  /** A connection URL, or a password; empty where a client certificate is all that there is. */
  readonly text: string
  readonly identity?: ClientCertificate
}

/** Where a block of PEM begins. */
const pemStart = /^-----BEGIN [A-Z0-9 ]+-----\s*$/m
/** What `openssl pkcs12` writes before each block. */
const bagStart = /^Bag Attributes\s/

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

  /**
   * Reads a secret that is a text, or a client certificate in the form of the injector `mtls`, with a connection URL in a line before it
   * or without.
   * @throws CoatcheckError `secret_unusable`
   */
  read(secret: Uint8Array): LoginSecret {
    const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('utf8')
    const start = text.search(pemStart)
    if (start === -1) return { text }
    const [first = ''] = text.slice(0, start).trimStart().split('\n', 1)
    const isUrl = this.isUrl(first)
    // SECURITY: nothing that was meant for a password is left out for not being one.
    if (!isUrl && first.trim() !== '' && !bagStart.test(`${first}\n`)) {
      throw this.unusable('what stands before its certificate is no connection URL')
    }
    return { text: isUrl ? first.trim() : '', identity: readClientCertificate(secret) }
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

  /** Refuses a client certificate where TLS is turned off. @throws CoatcheckError `secret_unusable` */
  demandTls({ identity }: Pick<LoginSecret, 'identity'>, isOff: boolean): void {
    if (identity === undefined || !isOff) return
    throw this.unusable('a client certificate is shown in TLS, which the scope or the connection URL turns off')
  }

  /** The refusal of a secret that is no login of this form. */
  unusable(reason: string): CoatcheckError {
    return new CoatcheckError('secret_unusable', { reason, hint: this.#hint })
  }
}

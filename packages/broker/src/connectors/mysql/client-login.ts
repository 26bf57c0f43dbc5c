import { randomInt, timingSafeEqual } from 'node:crypto'
import { terminated } from './body-reader.ts'
import { nonceBytes } from './greeting.ts'
import type { PacketLink } from './packet-link.ts'
import { passwordProofs } from './password-proofs.ts'

/** How a client shows that it knows the placeholder. */
export interface ClientAnswer {
  readonly plugin: string
  readonly answer: Buffer
}

const preferred = ['caching_sha2_password', 'mysql_native_password'] as const
const clearText = 'mysql_clear_password'
/** Says that a proof was right, and that nothing more is asked for. */
const proven = Buffer.of(1, 3)

/** A nonce of printable characters, as both servers have it. */
export function newNonce(): Buffer {
  return Buffer.from(Array.from({ length: nonceBytes }, () => randomInt(0x21, 0x7f)))
}

/** Asks a client to answer anew, by a plugin and a nonce. @throws ProtocolError */
export async function askAnew(link: PacketLink, plugin: string, nonce: Buffer): Promise<ClientAnswer> {
  link.write(Buffer.of(0xfe), terminated(plugin), terminated(nonce))
  return { plugin, answer: Buffer.from(await link.read()) }
}

/** Says whether clients show the placeholder of one grant. */
export class PlaceholderCheck {
  readonly #placeholder: Buffer

  constructor(placeholder: string) {
    this.#placeholder = Buffer.from(placeholder)
  }

  /**
   * Judges the answer of a client, and asks for another one where it is by a plugin that is not known here.
   * @returns how it was shown in the end; undefined where it was not the placeholder
   * @throws ProtocolError
   */
  async isShownBy(link: PacketLink, first: ClientAnswer, nonce: Buffer): Promise<string | undefined> {
    let { plugin, answer } = first
    const left: string[] = preferred.filter((each) => each !== plugin)
    // An answer that is empty says only that the client waits to be asked.
    while (left.length > 0 && (!this.#knows(plugin) || answer.length === 0)) {
      ;({ plugin, answer } = await askAnew(link, left.shift()!, nonce))
    }
    return this.fits({ plugin, answer }, nonce) ? plugin : undefined
  }

  /** SECURITY: in constant time. An empty answer fits nothing. */
  fits({ plugin, answer }: ClientAnswer, nonce: Buffer): boolean {
    const expected =
      plugin === clearText ? terminated(this.#placeholder) : passwordProofs[plugin]?.(this.#placeholder, nonce)
    return expected !== undefined && expected.length === answer.length && timingSafeEqual(expected, answer)
  }

  #knows(plugin: string): boolean {
    return plugin === clearText || Object.hasOwn(passwordProofs, plugin)
  }
}

/** Tells a client that it is in. @param ok what the service said */
export function admit(link: PacketLink, plugin: string, ok: Buffer): void {
  if (plugin === 'caching_sha2_password') link.write(proven)
  link.write(ok)
}

import { createHash, randomBytes } from 'node:crypto'
import { RecentMap } from '../../foundation/recent-map.ts'
import { type ScramHash, scramKeys } from '../scram/scram-keys.ts'
import type { ScramVerifier } from '../scram/scram-server.ts'

/** The least that drivers take. */
const iterations = 4_096
/** Names that clients log in under; the older mechanism salts with them. */
const maxNames = 16

/** What clients are asked for the placeholder of one grant with. */
export class PlaceholderCheck {
  readonly #placeholder: string
  readonly #verifiers = new RecentMap<string, Promise<ScramVerifier>>(maxNames)

  constructor(placeholder: string) {
    this.#placeholder = placeholder
  }

  /** @param name of the user, as the client gave it; any will do */
  verifier(hash: ScramHash, name: string): Promise<ScramVerifier> {
    const id = hash === 'sha1' ? `1 ${name}` : '256'
    const verifier = this.#verifiers.get(id) ?? this.#derive(hash, name)
    this.#verifiers.set(id, verifier)
    return verifier
  }

  async #derive(hash: ScramHash, name: string): Promise<ScramVerifier> {
    const password = hash === 'sha1' ? legacyPassword(name, this.#placeholder) : this.#placeholder
    const salt = randomBytes(hash === 'sha1' ? 16 : 28)
    return { ...(await scramKeys(password, salt, iterations, hash)), salt, iterations }
  }
}

/** What SCRAM-SHA-1 takes for the password. */
export function legacyPassword(user: string, password: string): string {
  return createHash('md5').update(`${user}:mongo:${password}`).digest('hex')
}

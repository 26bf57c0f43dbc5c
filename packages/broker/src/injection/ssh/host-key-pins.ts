import { fingerprintOf, isKeyKind, type KeyKind, readPublicKey, signatureAlgorithms } from './public-key.ts'

/** A host key that a service may show. */
interface Pin {
  readonly fingerprint: string
  /** Absent where only the fingerprint is known. */
  readonly kind?: KeyKind
}

const fingerprintForm = /^SHA256:[A-Za-z0-9+/]{43}$/
const base64 = /^[A-Za-z0-9+/]{1,8192}={0,2}$/

/** Ways to sign of every kind, best first. */
const everyAlgorithm = Object.values(signatureAlgorithms).flat()

/** The host keys that a service may show, and no others. */
export class HostKeyPins {
  readonly #pins: readonly Pin[]

  /** @param texts fingerprints or lines of `known_hosts`; what is neither pins nothing */
  constructor(texts: readonly string[]) {
    this.#pins = texts.map(readPin).filter((pin) => pin !== undefined)
  }

  /** Ways to sign that are asked of the service: those of its known keys where their kinds are known, else all. */
  get algorithms(): readonly string[] {
    const kinds = this.#pins.map(({ kind }) => kind)
    if (kinds.length === 0 || kinds.includes(undefined)) return everyAlgorithm
    return everyAlgorithm.filter((name) => kinds.some((kind) => signatureAlgorithms[kind!].includes(name)))
  }

  /** SECURITY: a key that is not written down is not believed, at first sight neither. */
  holds(blob: Uint8Array): boolean {
    const fingerprint = fingerprintOf(blob)
    return this.#pins.some((pin) => pin.fingerprint === fingerprint)
  }
}

/** Whether a text pins a host key: a fingerprint as OpenSSH writes it, or a line of `known_hosts`, or a line of a `.pub` file. */
export function isHostKeyPin(text: string): boolean {
  return readPin(text) !== undefined
}

function readPin(text: string): Pin | undefined {
  const trimmed = text.trim()
  if (fingerprintForm.test(trimmed)) return { fingerprint: trimmed }
  const words = trimmed.split(/\s+/)
  // A line that begins with `@` says something else than that a host has the key.
  if (trimmed.startsWith('@')) return undefined
  const at = words.slice(0, 2).findIndex(isKeyKind)
  const encoded = words[at + 1]
  if (at === -1 || encoded === undefined || !base64.test(encoded)) return undefined
  try {
    const { kind, blob } = readPublicKey(Buffer.from(encoded, 'base64'))
    return kind === words[at] ? { fingerprint: fingerprintOf(blob), kind } : undefined
  } catch {
    return undefined
  }
}

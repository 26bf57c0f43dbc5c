import { CoatcheckError } from '@coatcheck/contract'
import { decrypt, encrypt } from './authenticated-cipher.ts'
import { encodeCanonically } from './canonical-encoding.ts'
import type { PassphraseTerms } from './key-file-format.ts'
import { newPassphraseTerms } from './master-key-wrap.ts'
import { assertStrongPassphrase, derivePassphraseKey } from './passphrase.ts'
import type { SecretValue } from './secret-value.ts'

/** Everything beside the database that an installation needs to open it. */
export interface KeyBundle {
  /** How the key lay in its file. */
  readonly kind: 'file' | 'passphrase'
  /** Hex; the one in use first. */
  readonly keys: readonly string[]
  /** Hex, by the id of the secret. */
  readonly shares: Readonly<Record<string, string>>
  /** PEM of the key that signs checkpoints. */
  readonly checkpointKey: string | null
}

const hexForm = /^(?:[0-9a-f]{2}){12,}$/

/** Encrypts a bundle under a passphrase. The text can lie anywhere. @throws CoatcheckError `passphrase_weak` */
export function sealKeyBundle(bundle: KeyBundle, passphrase: SecretValue): Uint8Array {
  assertStrongPassphrase(passphrase)
  const terms = newPassphraseTerms()
  const key = derivePassphraseKey(passphrase, terms.salt, terms.cost)
  const plaintext = Buffer.from(JSON.stringify(bundle))
  try {
    const { nonce, ciphertext } = encrypt(key, plaintext, bind(terms))
    const { cost, salt } = terms
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
    return Buffer.from(
      JSON.stringify({ form: 'argon2id', ...cost, salt: hex(salt), nonce: hex(nonce), ciphertext: hex(ciphertext) }),
    )
  } finally {
    key.fill(0)
    plaintext.fill(0)
  }
}

/** Opens a bundle. @throws CoatcheckError `passphrase_wrong` | `backup_unusable` */
export function openKeyBundle(text: Uint8Array, passphrase: SecretValue): KeyBundle {
  const { terms, nonce, ciphertext } = parse(text)
  const key = derivePassphraseKey(passphrase, terms.salt, terms.cost)
  let plaintext: Uint8Array | undefined
  try {
    plaintext = decrypt(key, { nonce, ciphertext }, bind(terms))
    // SECURITY: only a holder of the passphrase wrote this, so its form needs no check.
    return JSON.parse(Buffer.from(plaintext).toString()) as KeyBundle
  } catch (cause) {
    throw new CoatcheckError('passphrase_wrong', {}, { cause })
  } finally {
    key.fill(0)
    plaintext?.fill(0)
  }
}

function parse(text: Uint8Array) {
  try {
    const fields = JSON.parse(Buffer.from(text).toString('latin1')) as Record<string, unknown>
    const [salt, nonce, ciphertext] = ['salt', 'nonce', 'ciphertext'].map((name) => bytesOf(fields[name]))
    const [memoryKib, passes, lanes] = ['memoryKib', 'passes', 'lanes'].map((name) => countOf(fields[name]))
    if (fields['form'] !== 'argon2id' || !memoryKib || !passes || !lanes || !salt || !nonce || !ciphertext)
      throw malformed()
    return { terms: { cost: { memoryKib, passes, lanes }, salt } satisfies PassphraseTerms, nonce, ciphertext }
  } catch (cause) {
    throw malformed(cause)
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' && hexForm.test(value) ? Buffer.from(value, 'hex') : undefined
}

/** A backup from elsewhere must not make this process use up the machine. */
function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= 4_194_304 ? Number(value) : undefined
}

function malformed(cause?: unknown): CoatcheckError {
  return new CoatcheckError('backup_unusable', { reason: 'its key part is malformed' }, { cause })
}

function bind({ cost, salt }: PassphraseTerms): Uint8Array {
  return encodeCanonically(['coatcheck-key-bundle-1', cost.memoryKib, cost.passes, cost.lanes, salt])
}

import { randomBytes } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { decrypt, encrypt } from './authenticated-cipher.ts'
import { encodeCanonically } from './canonical-encoding.ts'
import type { KeyRing } from './key-ring.ts'
import type { SealedVersion, WrappedKey } from './secret-store.ts'
import { SecretValue } from './secret-value.ts'

/** What a ciphertext belongs to. It opens nowhere else. */
export interface EnvelopeContext {
  readonly project: string
  readonly secretId: string
}

/** Makes the data-encryption key of a new secret, wrapped. @throws CoatcheckError `vault_locked` */
export function createDataKey(keyRing: KeyRing, context: EnvelopeContext): WrappedKey {
  const dataKey = randomBytes(32)
  try {
    return { keyId: keyRing.keyId, ...keyRing.wrapDataKey(dataKey, bind(context, 0, 'data-key')) }
  } finally {
    dataKey.fill(0)
  }
}

/** Encrypts one version of a value, byte for byte. @throws CoatcheckError `vault_locked` | `row_tampered` | `key_unusable` */
export function sealVersion(
  keyRing: KeyRing,
  context: EnvelopeContext,
  key: WrappedKey,
  version: number,
  value: SecretValue,
): SealedVersion {
  const dataKey = openDataKey(keyRing, context, key)
  try {
    const sealed = value.use((bytes) => encrypt(dataKey, bytes, bind(context, version, 'value')))
    return { secretId: context.secretId, version, ...sealed }
  } finally {
    dataKey.fill(0)
  }
}

/** Decrypts one version. @throws CoatcheckError `vault_locked` | `row_tampered` | `key_unusable` */
export function openVersion(
  keyRing: KeyRing,
  context: EnvelopeContext,
  key: WrappedKey,
  sealed: SealedVersion,
): SecretValue {
  const dataKey = openDataKey(keyRing, context, key)
  try {
    return new SecretValue(decrypt(dataKey, sealed, bind(context, sealed.version, 'value')))
  } finally {
    dataKey.fill(0)
  }
}

function openDataKey(keyRing: KeyRing, context: EnvelopeContext, key: WrappedKey): Uint8Array {
  if (key.keyId !== keyRing.keyId)
    throw new CoatcheckError('key_unusable', { reason: 'another key wrapped this secret' })
  return keyRing.unwrapDataKey(key, bind(context, 0, 'data-key'))
}

/** SECURITY: binds a ciphertext to its row and its use, so that it cannot be moved to another. */
function bind(context: EnvelopeContext, version: number, purpose: 'data-key' | 'value'): Uint8Array {
  return encodeCanonically(['coatcheck-envelope-1', context.project, context.secretId, version, purpose])
}

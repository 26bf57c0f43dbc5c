import { randomBytes } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { decrypt, encrypt } from './authenticated-cipher.ts'
import { encodeCanonically } from './canonical-encoding.ts'
import type { SealedCredential } from './derived-store.ts'
import type { KeyRing } from './key-ring.ts'
import type { SealedVersion, WrappedKey } from './secret-store.ts'
import { SecretValue } from './secret-value.ts'

/** Length of a share, in bytes. */
const shareBytes = 32

/** What a ciphertext belongs to. It opens nowhere else. */
export interface EnvelopeContext {
  readonly project: string
  readonly secretId: string
}

/** Makes the data-encryption key of a new secret, wrapped. @throws CoatcheckError `vault_locked` */
export function createDataKey(keyRing: KeyRing, secretId: string): WrappedKey {
  const dataKey = randomBytes(32)
  const share = randomBytes(shareBytes)
  try {
    return { keyId: keyRing.keyId, share, ...keyRing.wrapDataKey(dataKey, share, bindKey(secretId)) }
  } finally {
    dataKey.fill(0)
  }
}

/** The same data-encryption key, wrapped by the key-encryption key in use. @throws CoatcheckError `vault_locked` | `row_tampered` | `key_unusable` */
export function rewrapDataKey(keyRing: KeyRing, secretId: string, key: WrappedKey): WrappedKey {
  const dataKey = openDataKey(keyRing, secretId, key)
  try {
    const { share } = key
    return { keyId: keyRing.keyId, share, ...keyRing.wrapDataKey(dataKey, share, bindKey(secretId)) }
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
  const dataKey = openDataKey(keyRing, context.secretId, key)
  try {
    const sealed = value.use((bytes) => encrypt(dataKey, bytes, bindValue(context, version)))
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
  const dataKey = openDataKey(keyRing, context.secretId, key)
  try {
    return new SecretValue(decrypt(dataKey, sealed, bindValue(context, sealed.version)))
  } finally {
    dataKey.fill(0)
  }
}

/** What a credential that was made from a secret belongs to. */
export type CredentialBinding = EnvelopeContext & Omit<SealedCredential, 'nonce' | 'ciphertext'>

/** Encrypts what was made from a secret, under the key of that secret. @throws CoatcheckError `vault_locked` | `row_tampered` | `key_unusable` */
export function sealCredential(
  keyRing: KeyRing,
  { project, ...credential }: CredentialBinding,
  key: WrappedKey,
  value: SecretValue,
): SealedCredential {
  const dataKey = openDataKey(keyRing, credential.secretId, key)
  try {
    return { ...credential, ...value.use((bytes) => encrypt(dataKey, bytes, bindCredential(project, credential))) }
  } finally {
    dataKey.fill(0)
  }
}

/** Decrypts what `sealCredential` encrypted. @throws CoatcheckError `vault_locked` | `row_tampered` | `key_unusable` */
export function openCredential(
  keyRing: KeyRing,
  project: string,
  key: WrappedKey,
  sealed: SealedCredential,
): SecretValue {
  const dataKey = openDataKey(keyRing, sealed.secretId, key)
  try {
    return new SecretValue(decrypt(dataKey, sealed, bindCredential(project, sealed)))
  } finally {
    dataKey.fill(0)
  }
}

function openDataKey(keyRing: KeyRing, secretId: string, key: WrappedKey): Uint8Array {
  if (!keyRing.knows(key.keyId)) {
    keyRing.requireUnlocked()
    throw new CoatcheckError('key_unusable', { reason: 'another key wrapped this secret' })
  }
  return keyRing.unwrapDataKey(key, key.share, bindKey(secretId), key.keyId)
}

/** SECURITY: binds a ciphertext to its row and its use, so that it cannot be moved to another. */
function bindValue({ project, secretId }: EnvelopeContext, version: number): Uint8Array {
  return encodeCanonically(['coatcheck-envelope-1', project, secretId, version, 'value'])
}

/** SECURITY: the same for a data-encryption key; the values under it are bound to their project. */
function bindKey(secretId: string): Uint8Array {
  return encodeCanonically(['coatcheck-envelope-1', secretId, 'data-key'])
}

/** SECURITY: the same for what was made from a secret: it is that of one derivation, one version and one end. */
function bindCredential(
  project: string,
  { secretId, derivation, version, untilMs }: Omit<SealedCredential, 'nonce' | 'ciphertext'>,
): Uint8Array {
  return encodeCanonically(['coatcheck-envelope-1', project, secretId, version, 'credential', derivation, untilMs])
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

/** Ed25519 key that signs checkpoints and receipts, each of which begins with a line of its own. */
export interface CheckpointKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Reads the key, and makes it first when the file is missing. @throws CoatcheckError `checkpoint_key_unusable` */
export function openCheckpointKey(file: string): CheckpointKey {
  const present = readCheckpointKey(file)
  if (present !== undefined) return present
  createKeyFile(file)
  // Another process may have been faster: whatever stands in the file now is the key of both.
  const created = readCheckpointKey(file)
  if (created === undefined) throw unusable(file, 'vanished while it was made')
  return created
}

/** Reads the key; undefined when the file is missing. @throws CoatcheckError `checkpoint_key_unusable` */
export function readCheckpointKey(file: string): CheckpointKey | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, O_RDONLY | O_NOFOLLOW)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return undefined
    throw unusable(file, code === 'ELOOP' ? 'is a symbolic link' : (code ?? 'unknown'), error)
  }
  try {
    const { mode, uid } = fstatSync(descriptor)
    // SECURITY: who can read this key can sign a rewritten journal.
    if ((mode & 0o077) !== 0) throw unusable(file, 'is open to other users')
    if (uid !== process.geteuid?.()) throw unusable(file, 'belongs to another user')
    return parseKey(file, readFileSync(descriptor, 'utf8'))
  } finally {
    closeSync(descriptor)
  }
}

function parseKey(file: string, pem: string): CheckpointKey {
  try {
    const privateKey = createPrivateKey(pem)
    if (privateKey.asymmetricKeyType !== 'ed25519') throw unusable(file, 'holds no Ed25519 key')
    return { privateKey, publicKey: createPublicKey(privateKey) }
  } catch (error) {
    if (error instanceof CoatcheckError) throw error
    // The parser's message could quote the file, so it is not passed on.
    throw unusable(file, 'holds no private key')
  }
}

/** Makes the file whole or not at all, and never over another one. */
function createKeyFile(file: string): void {
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  try {
    const descriptor = openSync(draft, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
    try {
      writeSync(
        descriptor,
        generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      )
      fsyncSync(descriptor)
      linkSync(draft, file)
    } finally {
      closeSync(descriptor)
      unlinkSync(draft)
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EEXIST') throw unusable(file, code ?? 'unknown', error)
  }
}

function unusable(file: string, reason: string, cause?: unknown): CoatcheckError {
  return new CoatcheckError('checkpoint_key_unusable', { file, reason }, { cause })
}

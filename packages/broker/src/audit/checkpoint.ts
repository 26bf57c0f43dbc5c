import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { type AuditCheckpoint, CoatcheckError, type JournalHead } from '@coatcheck/contract'
import type { CheckpointKey } from './checkpoint-key.ts'
import { parseHead } from './journal-tips.ts'

/** Signs how far the journals went at an instant. */
export function signCheckpoint(key: CheckpointKey, at: string, heads: readonly JournalHead[]): AuditCheckpoint {
  return {
    at,
    heads,
    publicKey: key.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    signature: sign(null, signedBytes(at, heads), key.privateKey).toString('base64'),
  }
}

/**
 * True when the checkpoint was signed by `trusted`, or, without it, by the key that the checkpoint itself names: then it
 * is worth as much as the place that it was kept in.
 */
export function isCheckpointGenuine(checkpoint: AuditCheckpoint, trusted: KeyObject | undefined): boolean {
  const { at, heads, publicKey, signature } = checkpoint
  try {
    const key = trusted ?? createPublicKey(publicKey)
    return (
      key.asymmetricKeyType === 'ed25519' && verify(null, signedBytes(at, heads), key, Buffer.from(signature, 'base64'))
    )
  } catch {
    // Whatever is no key has signed nothing.
    return false
  }
}

/** Reads a checkpoint that was exported. @throws CoatcheckError `request_invalid` */
export function parseCheckpoint(text: string): AuditCheckpoint {
  const value: unknown = parseJson(text)
  if (typeof value !== 'object' || value === null) throw invalid('is no object')
  const { at, heads, publicKey, signature } = value as Record<string, unknown>
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at)) || new Date(at).toISOString() !== at) {
    throw invalid('`at` is no instant')
  }
  if (typeof publicKey !== 'string' || typeof signature !== 'string') throw invalid('is not signed')
  if (!Array.isArray(heads)) throw invalid('`heads` is no list')
  const parsed = heads.map((head) => {
    const journalHead = parseHead(head)
    if (journalHead === undefined) throw invalid('a head is not well formed')
    return journalHead
  })
  return { at, heads: parsed, publicKey, signature }
}

/** The signature covers exactly what is read, in one order, whatever the file looks like. */
function signedBytes(at: string, heads: readonly JournalHead[]): Buffer {
  const lines = heads.map(({ journal, sequence, hash }) => `${journal} ${sequence} ${hash}\n`)
  return Buffer.from(`coatcheck audit checkpoint 1\n${at}\n${lines.join('')}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('is no JSON')
  }
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { checkpoint: reason })
}

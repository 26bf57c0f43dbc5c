import type { ApiCall } from './api-call.ts'

/** A backup as it comes in. */
export interface BackupDownload {
  /** In bytes. */
  readonly size: number
  /** Throws `broker_unreachable` when it ends before `size`. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** `/v1/backup` */
export interface BackupApi {
  /** With a passphrase, the keys are in it, encrypted. @throws CoatcheckError `passphrase_weak` | `vault_locked` */
  make(input?: { readonly passphrase?: string }): Promise<BackupDownload>
}

/** The backups of a client. */
export function backupApi({ open, lost }: ApiCall): BackupApi {
  return {
    async make(body = {}) {
      const reply = await open({ method: 'POST', path: '/v1/backup', body })
      const size = Number(reply.headers['content-length'])
      return { size, chunks: counted(reply, size, lost) }
    },
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  lost: (cause?: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  let left = size
  try {
    for await (const chunk of chunks) {
      left -= chunk.length
      yield chunk
    }
  } catch (error) {
    throw lost(error)
  }
  if (left !== 0) throw lost()
}

import { Hono } from 'hono'
import { optionalSecret } from '../optional-secret.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { backupCreate } from '../schemas.ts'
import type { AdminServices, PreparedBackup } from '../services.ts'

/** What this route is. */
export const backupDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/backup',
    summary: 'Take a backup of database and journal, with the keys only under a passphrase',
    access: 'owner',
    ofInstallation: true,
    body: backupCreate,
    reply: { status: 200, description: 'The backup, for `coatcheck restore`.', form: 'bytes' },
    problems: ['passphrase_weak', 'vault_locked', 'key_unusable', 'storage_unavailable', 'audit_unavailable'],
  },
]

/** `POST /v1/backup`, which answers with the bytes of the backup. */
export function backupRoutes(services: AdminServices): Hono {
  return new Hono().post('/', async (context) => {
    const input = await readBody(context, backupCreate)
    using passphrase = optionalSecret(input.passphrase)
    await recordAction(services, 'backup.made', { note: passphrase === undefined ? 'without keys' : 'with keys' })
    const backup = await services.prepareBackup(passphrase)
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(backup.size) }
    return new Response(
      streamOf(backup, (error) => services.reportFault('backup', error)),
      { headers },
    )
  })
}

function streamOf({ chunks, discard }: PreparedBackup, failed: (error: unknown) => void): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next()
          if (!done) return controller.enqueue(value)
          discard()
          controller.close()
        } catch (error) {
          discard()
          // The reply is cut short, and its length says so.
          failed(error)
          controller.error(error)
        }
      },
      async cancel() {
        await iterator.return?.()
        discard()
      },
    },
    { highWaterMark: 0 },
  )
}

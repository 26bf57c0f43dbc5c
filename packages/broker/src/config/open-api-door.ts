import { CoatcheckError } from '@coatcheck/contract'
import { createAdminApp } from '../admin/app.ts'
import { type ApiListener, isLoopbackHost, listenOnAddress } from '../admin/listen-on-address.ts'
import type { ReplyMemory } from '../admin/reply-memory.ts'
import type { AdminServices } from '../admin/services.ts'
import { tokenGate } from '../admin/token-gate.ts'
import type { Clock } from '../foundation/clock.ts'
import { readSettingFile } from './read-setting-file.ts'
import type { DoorSettings } from './settings.ts'

/** What the door for tokens shares with the rest of the broker. */
export interface ApiDoorParts {
  readonly services: AdminServices
  readonly clock: Clock
  readonly replies: ReplyMemory
}

/**
 * Opens the management API over TCP, for tokens.
 * @throws CoatcheckError `settings_invalid` | `tls_required` | `listen_failed`
 */
export function openApiDoor(settings: DoorSettings, { services, clock, replies }: ApiDoorParts): Promise<ApiListener> {
  const { host, port } = settings.listen
  const { project, tokens, auditLog } = services
  const gate = tokenGate({ project, tokens, auditLog, clock, isLoopback: isLoopbackHost(host) })
  const app = createAdminApp(services, { gate, replies })
  return listenOnAddress(app, { host, port, tls: readTls(settings.tls), publicUrl: settings.publicUrl })
}

/** What of the settings can be judged before anything is opened. @throws CoatcheckError `settings_invalid` | `tls_required` */
export function checkApiDoor({ listen, tls }: DoorSettings): void {
  if (tls === undefined && !isLoopbackHost(listen.host))
    throw new CoatcheckError('tls_required', { listener: 'api', host: listen.host })
  readTls(tls)
}

function readTls(files: DoorSettings['tls']): { readonly cert: string; readonly key: string } | undefined {
  if (files === undefined) return undefined
  return {
    cert: readSettingFile('api certificate', files.certificateFile),
    key: readSettingFile('api key', files.keyFile, { secret: true }),
  }
}

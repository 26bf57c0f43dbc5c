import type { AuditLog } from '../../audit/audit-log.ts'
import type { Destination } from '../../foundation/destination.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { isVirtualKey } from '../../sandbox/virtual-key.ts'
import { describeRefusal, type Refusal } from '../refusal.ts'

/**
 * Says that a connection, or a request on a refused connection, was turned away before it became an exchange. What is
 * refused stays refused when the journal is failing, so this never rejects.
 */
export async function recordArrivalRefused(
  audit: AuditLog,
  sandbox: Sandbox,
  { scheme, host, port }: Destination,
  refusal: Refusal,
  request?: { readonly id: string; readonly method?: string },
): Promise<void> {
  const event = {
    id: request?.id ?? newIdentifier('con'),
    kind: request === undefined ? 'connection.refused' : 'exchange.refused',
    project: sandbox.project,
    sandbox: sandbox.id,
    ...(isVirtualKey(sandbox) && { subject: sandbox.name }),
    ...(request?.method === undefined ? {} : { method: request.method }),
    scheme,
    host,
    port,
    ...describeRefusal(refusal),
  } as const
  await audit.append(event).catch(() => {})
  if (refusal.alarm === true) await audit.append({ ...event, kind: 'alarm.raised' }).catch(() => {})
}

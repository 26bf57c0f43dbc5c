import type { ActionHead } from '../action-kind.ts'
import { bodyTypeOf } from '../read-body.ts'
import { unreadableRequest } from '../unreadable-request.ts'

/**
 * SECURITY: another type, or a coding that not every server undoes, might make the server read other bytes.
 * @throws CoatcheckError `body_unreadable` for a request that does not say that its body is a push
 */
export function checkPushType(head: ActionHead): void {
  bodyTypeOf(head)
  const types = head.fields.filter(({ name }) => name.toLowerCase() === 'content-type')
  if (types.length !== 1 || types[0]?.value.toLowerCase() !== 'application/x-git-receive-pack-request')
    throw unreadableRequest('its type is not that of a push')
}

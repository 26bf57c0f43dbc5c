import { copyHead, type RequestHead } from '../../injection/request-head.ts'
import type { Exchange } from '../exchange.ts'
import { withoutNominated } from '../forwarded-fields.ts'
import { removeCredentials } from './foreign-credentials.ts'

/**
 * The head as it leaves, with the real values in it. The only place where a value meets a request. SECURITY: the exchange keeps
 * its own head, so that no record of it can show a value that stands in a path.
 */
export function inject({ head, attachments, replaced = [] }: Exchange): RequestHead {
  if (attachments.length === 0) return head
  const outbound = copyHead(head)
  if (replaced.length > 0) removeCredentials(outbound, replaced)
  // SECURITY: what a client wants dropped on the way is what it sent; it has no say over what is written here.
  outbound.fields.splice(0, outbound.fields.length, ...withoutNominated(outbound.fields))
  for (const { grant, scope, attach, inFrames, secret } of attachments) {
    if (inFrames === true) continue
    if (secret === undefined) throw new TypeError('inject before reveal')
    secret.value.use((bytes) => {
      if (attach === 'replace') scope.injection.apply(outbound, grant.placeholder, bytes)
      else scope.injection.attach!(outbound, bytes)
    })
  }
  return outbound
}

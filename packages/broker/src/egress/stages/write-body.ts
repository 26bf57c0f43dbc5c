import type { Exchange } from '../exchange.ts'

/**
 * The body as it leaves, with the real values where placeholders stand, and every other byte as it came; undefined where nothing is
 * put into it.
 * @throws CoatcheckError `secret_unusable`
 */
export function writeBody({ attachments, head, placedBody }: Exchange): Buffer | undefined {
  if (!Buffer.isBuffer(placedBody)) return undefined
  const inBody = attachments.filter((attachment) => attachment.inBody !== undefined)
  if (inBody.length === 0) return undefined
  const pieces: Buffer[] = []
  let at = 0
  for (const { inBody: span, scope, secret } of inBody) {
    if (secret === undefined) throw new TypeError('inject before reveal')
    const written = secret.value.use((bytes) => scope.injection.body!.write(head, bytes))
    pieces.push(placedBody.subarray(at, span!.start), written)
    at = span!.end
  }
  return Buffer.concat([...pieces, placedBody.subarray(at)])
}

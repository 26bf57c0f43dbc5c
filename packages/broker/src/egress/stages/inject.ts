import type { Exchange } from '../exchange.ts'

/** Puts the real values where the placeholders stand. The only place where a value meets a request. */
export function inject(exchange: Exchange): void {
  for (const { grant, scope, secret } of exchange.attachments) {
    if (secret === undefined) throw new TypeError('inject before reveal')
    secret.value.use((bytes) => scope.injection.apply(exchange.head, grant.placeholder, bytes))
  }
}

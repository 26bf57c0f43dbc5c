import type { Derivation } from './derivation.ts'
import type { Injection } from './injector.ts'
import { bearer } from './injectors/bearer.ts'

const plain = bearer.prepare({ kind: 'bearer' })

/** `Authorization: Bearer` with a credential that is made from the secret. */
export function derivedBearer(derivation: Derivation): Injection {
  return {
    ...plain,
    derivation,
    // What is stored never goes on the wire itself: it has to be good for asking.
    check: (secret) => void derivation.ask(secret, new Date(0)),
  }
}

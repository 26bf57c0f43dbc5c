import type { Connector } from './connector.ts'
import { mongodb } from './mongodb/mongodb.ts'
import { postgres } from './postgres/postgres.ts'
import { smtp } from './smtp/smtp.ts'

/** Every protocol that is brokered beside HTTP, by its scheme. */
export const connectors: readonly Connector[] = [mongodb, postgres, smtp]

import type { Connector } from './connector.ts'
import { postgres } from './postgres/postgres.ts'
import { smtp } from './smtp/smtp.ts'
import { ssh } from './ssh/ssh.ts'

/** Every protocol that is brokered beside HTTP, by its scheme. */
export const connectors: readonly Connector[] = [postgres, smtp, ssh]

import type { Connector } from './connector.ts'
import { mysql } from './mysql/mysql.ts'
import { postgres } from './postgres/postgres.ts'

/** Every protocol that is brokered beside HTTP, by its scheme. */
export const connectors: readonly Connector[] = [mysql, postgres]

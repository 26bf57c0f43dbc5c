import type { Connector } from './connector.ts'
import { mongodb } from './mongodb/mongodb.ts'
import { mysql } from './mysql/mysql.ts'
import { postgres } from './postgres/postgres.ts'
import { redis } from './redis/redis.ts'
import { smtp } from './smtp/smtp.ts'
import { ssh } from './ssh/ssh.ts'

/** Every protocol that is brokered beside HTTP, by its scheme. */
export const connectors: readonly Connector[] = [mongodb, mysql, postgres, redis, smtp, ssh]

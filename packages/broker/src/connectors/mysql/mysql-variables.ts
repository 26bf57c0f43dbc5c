import type { ServiceAddress } from '../connector.ts'

/** What clients are told where the real one is the secret's own business. */
const standIn = 'coatcheck'

/** Names of variables that hold a password and nothing else. */
const passwordName = /PASS(?:WORD|WD|PHRASE)?$|PWD$|SECRET$|TOKEN$/

/** The database of a session: that of the scope or the secret, unless the client asks for another one by its name. */
export function databaseFor(asked: string, own: string | null): string {
  return asked === '' || asked === standIn ? (own ?? '') : asked
}

/** A connection URL with the placeholder, beside the variables that stock clients and common programs read. */
export function mysqlVariables(
  env: string,
  placeholder: string,
  { host, port }: ServiceAddress,
  database: string | null,
): Readonly<Record<string, string>> {
  const name = database ?? standIn
  const url = `mysql://${standIn}:${placeholder}@${host}:${port}/${encodeURIComponent(name)}`
  return {
    [env]: passwordName.test(env) ? placeholder : url,
    MYSQL_HOST: host,
    MYSQL_TCP_PORT: String(port),
    MYSQL_PORT: String(port),
    MYSQL_USER: standIn,
    MYSQL_PWD: placeholder,
    MYSQL_PASSWORD: placeholder,
    MYSQL_DATABASE: name,
    // MariaDB’s library demands TLS with a certificate that it knows from 3.4 on, unless it is told not to.
    MARIADB_TLS_DISABLE_PEER_VERIFICATION: '1',
  }
}

import type { ServiceAddress } from '../connector.ts'

/** Names of variables that hold a password and nothing else. */
const passwordName = /(?:PASS(?:WORD|WD|PHRASE)?|SECRET|TOKEN|AUTH)$/

/** A connection URL with the placeholder, beside the variables that stock clients and frameworks read. */
export function redisVariables(
  env: string,
  placeholder: string,
  { host, port }: ServiceAddress,
  database: string | null,
): Readonly<Record<string, string>> {
  const url = `redis://default:${placeholder}@${host}:${port}${database === null ? '' : `/${database}`}`
  return {
    REDIS_URL: url,
    REDIS_HOST: host,
    REDIS_PORT: String(port),
    REDIS_PASSWORD: placeholder,
    REDISCLI_AUTH: placeholder,
    [env]: passwordName.test(env) ? placeholder : url,
  }
}

import type { ServiceAddress } from '../connector.ts'

/** What clients are told where the real one is the secret's own business. */
const standIn = 'coatcheck'

/** Names of variables that hold a password and nothing else. */
const passwordName = /PASS(?:WORD|WD|PHRASE)?$|SECRET$|TOKEN$/

/** A connection URL with the placeholder, under the name that was asked for and under the usual one. */
export function mongodbVariables(
  env: string,
  placeholder: string,
  { host, port }: ServiceAddress,
  database: string | null,
): Readonly<Record<string, string>> {
  const path = encodeURIComponent(database ?? '')
  // There is one server to be seen from inside, whatever it is a member of.
  const url = `mongodb://${standIn}:${placeholder}@${host}:${port}/${path}?directConnection=true`
  return { MONGODB_URI: url, [env]: passwordName.test(env) ? placeholder : url }
}

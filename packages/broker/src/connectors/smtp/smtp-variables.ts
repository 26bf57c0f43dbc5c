import type { ServiceAddress } from '../connector.ts'

/** What clients are told where the real one is the secret's own business. */
const standIn = 'coatcheck'

/** Names of variables that hold a password and nothing else. */
const passwordName = /PASS(?:WORD|WD|PHRASE)?$|SECRET$|TOKEN$|KEY$/

/** A connection URL with the placeholder, beside the variables that programs read by convention; there is no standard. */
export function smtpVariables(
  env: string,
  placeholder: string,
  { host, port }: ServiceAddress,
): Readonly<Record<string, string>> {
  const url = `smtp://${standIn}:${placeholder}@${host}:${port}`
  return {
    [env]: passwordName.test(env) ? placeholder : url,
    SMTP_URL: url,
    SMTP_HOST: host,
    SMTP_PORT: String(port),
    SMTP_USER: standIn,
    SMTP_USERNAME: standIn,
    SMTP_PASS: placeholder,
    SMTP_PASSWORD: placeholder,
  }
}

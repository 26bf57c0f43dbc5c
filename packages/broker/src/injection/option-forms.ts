import type { ListOption, TextOption } from './define-injector.ts'
import { isTokenUrl } from './token-endpoint.ts'

/** RFC 6749 §3.3. */
const scopeToken = /^[!#-[\]-~]{1,256}$/
/** A URL, or a name that a service gives itself. */
const audienceText = /^[!-~]{1,512}$/

/** Option `oauthScopes`. */
export function oauthScopesOption<const Required extends boolean>(
  required: Required,
): ListOption & { readonly required: Required } {
  return {
    type: 'list',
    required,
    allowed: 'one to sixteen scopes, as the service names them',
    accepts: (text: string) => scopeToken.test(text),
  }
}

/** Option `audience`. */
export const audienceOption = {
  type: 'text',
  required: false,
  allowed: 'the audience, as the service names it',
  accepts: (text: string) => audienceText.test(text),
} as const satisfies TextOption

/** Option `region`, of AWS. */
export const awsRegionOption = {
  type: 'text',
  required: true,
  allowed: 'the region that is asked, such as eu-central-1',
  accepts: (text: string) => /^[a-z]{2,3}(?:-[a-z]+)+-\d{1,2}$/.test(text),
} as const satisfies TextOption

/** Option `tokenUrl`. */
export const tokenUrlOption = {
  type: 'text',
  required: true,
  allowed: 'an https URL with an exact host and a path, without a query',
  accepts: isTokenUrl,
} as const satisfies TextOption

/** An option that is one of these words. */
export function wordOption<const Required extends boolean>(
  words: readonly string[],
  required: Required,
): TextOption & { readonly required: Required } {
  return {
    type: 'text',
    required,
    allowed: words.join(', '),
    accepts: (text: string) => words.includes(text),
  }
}

/** An option that is a whole number. */
export function numberOption(least: number, most: number): TextOption & { readonly required: false } {
  return {
    type: 'text',
    required: false,
    allowed: `a whole number from ${least} to ${most}`,
    accepts: (text: string) => /^[1-9][0-9]{0,11}$/.test(text) && Number(text) >= least && Number(text) <= most,
  }
}

/** Option `seconds`: how long what is made is good for. */
export function secondsOption(least: number, most: number): TextOption & { readonly required: false } {
  return numberOption(least, most)
}

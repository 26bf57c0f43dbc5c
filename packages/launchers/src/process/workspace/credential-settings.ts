import { holdsKnownToken, stripUserinfo } from './credential-shapes.ts'

/** What stands in a sandbox for a value that may be a credential. */
export const maskedValue = '[masked]'

/** Names under which settings hold credentials. */
const credentialName =
  /(?<!de)auth(?!or(?!i[sz]))|pass(?:w|p|$|[._-])|\bpass|pwd|token|secret|credential|api[._-]?key|(?:^|[._-]|[a-z](?=K))key(?!b|w|m|s\b|stroke)|private|cookie|\bpat\b|dsn\b|signature|jwt|bearer|otp|webhook|connection[._-]?strings?|salt\b|license/i
/** Members under which every value of the look of a key is one. */
const keyHolder = /^(?:env|environment|variables|headers|http_?headers|requestInit|queryParams|params)$/i
/** Members whose own members are credentials, whatever they are called. */
const credentialHolder =
  /^(?:connectionStrings|passwords|secrets|tokens|credentials|auths?|(?:api|private)?[_-]?keys)$/i
/** A value that only names a variable or an input; the placeholder goes in by it. */
const reference = /^(?:(?:Bearer|Basic|token)\s+)?(?:\$\{[\w:.-]+\}|\$[A-Za-z_]\w*|\{env:\w+\}|%\w+%|<[\w -]+>)$/i
const plainWord = /^(?:|true|false|null|none|yes|no|on|off|\d{1,6})$/i
/** A run this long with letters and digits mixed is more likely a key than a word. */
const opaqueRun = /(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{32,}/
const shortestKey = 16
/** Longer than any setting that a sandbox needs; searching on would cost more than it is worth. */
const longestValue = 8_192
const minBitsPerCharacter = 3.2

/** What a sandbox sees in place of a setting's value, which may be the value itself. `names` lead to it, outermost first. */
export function settingInside(names: readonly string[], value: string): string {
  if (value.length > longestValue) return maskedValue
  if (plainWord.test(value) || reference.test(value)) return value
  const name = names.findLast((one) => !/^\d+$/.test(one)) ?? ''
  if (credentialName.test(name) || names.some((one) => credentialHolder.test(one))) return maskedValue
  if (holdsKnownToken(value) || opaqueRun.test(value)) return maskedValue
  if (names.some((one) => keyHolder.test(one)) && looksRandom(value)) return maskedValue
  return stripUserinfo(value) ?? maskedValue
}

/** Whether what follows an argument of a program is a credential, going by the argument: `--api-key`. */
export function announcesCredential(argument: string): boolean {
  return /^--?[\w-]+$/.test(argument) && (credentialName.test(argument) || /^(?:-H|--header)$/.test(argument))
}

/** An argument of a program without the credential in it: `--token=…`, `-e KEY=…`, `Authorization: …`. */
export function argumentInside(argument: string): string {
  if (argument.length > longestValue) return maskedValue
  const [, name = '', sign = '', value = ''] = /^(-{0,2}[\w.-]+)([=:]\s*)(.*)$/s.exec(argument) ?? []
  if (sign !== '' && !argument.includes('://')) {
    const inside = settingInside(['env', name], value)
    return inside === value ? argument : `${name}${sign}${inside}`
  }
  return settingInside([], argument)
}

/** Whether a text has no blanks and too little order for a word, a path or a host. */
function looksRandom(text: string): boolean {
  if (text.length < shortestKey || /[\s/\\]|:\/\//.test(text) || !/\d/.test(text) || !/[A-Za-z]/.test(text))
    return false
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits >= minBitsPerCharacter
}

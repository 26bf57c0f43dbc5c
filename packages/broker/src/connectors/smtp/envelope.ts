import { type MailAddress, parseMailAddress } from '../../injection/mail-address.ts'

/** A path of an envelope, and what was said beside it. */
export interface EnvelopePath {
  /** Null for `<>`; undefined where it is no mailbox that can be read in one way. */
  readonly address: MailAddress | null | undefined
  /** By name, in capitals. */
  readonly parameters: ReadonlyMap<string, string>
}

const form = /^ *<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>((?: +[^ ]+)*) *$/
const parameter = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?$/

/** Reads what stands behind `MAIL FROM:` and `RCPT TO:`; undefined where it is not well formed. */
export function parseEnvelopePath(text: string): EnvelopePath | undefined {
  const [, path, rest] = form.exec(text) ?? []
  if (path === undefined || rest === undefined) return undefined
  const parameters = new Map<string, string>()
  for (const word of rest.split(' ').filter((each) => each !== '')) {
    const [, name, value = ''] = parameter.exec(word) ?? []
    if (name === undefined || parameters.has(name.toUpperCase())) return undefined
    parameters.set(name.toUpperCase(), value)
  }
  return { address: path === '' ? null : parseMailAddress(path), parameters }
}

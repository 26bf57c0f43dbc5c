import { type MailAddress, parseMailAddress } from '../../injection/mail-address.ts'

/** Fields that say whom a mail is from. */
const fromFields = new Set(['from', 'sender', 'resent-from', 'resent-sender'])
const field = /^([!-9;-~]+):(.*)$/s
/** Of a list of mailboxes: a comment, a quoted text, an address in brackets, a separator, or anything else. */
const token = /\((?:[^()\\]|\\.)*\)|"(?:[^"\\]|\\.)*"|<([^<>]*)>|,|[^()"<>,]+/gsy

/**
 * The mailboxes that the header of a mail says it is from; undefined where it cannot be read in one way only: lines that are no fields,
 * control characters, no field `From` or several, groups, and whatever no mailbox is.
 * @param header up to the empty line, as it travels
 */
export function headerSenders(header: string): readonly MailAddress[] | undefined {
  // SECURITY: a dot at the start of a line is taken away by the service (RFC 5321 §4.5.2), and so what it hides is seen here.
  const lines = header
    .replace(/\r\n$/, '')
    .split('\r\n')
    .map((line) => line.replace(/^\./, ''))
  const fields: string[] = []
  for (const line of lines) {
    // SECURITY: servers take the header to end at a line that is none; a blank one is empty to some of them.
    if (/^[ \t]/.test(line) ? fields.length === 0 || /^[ \t]*$/.test(line) : !field.test(line)) return undefined
    if (/\p{Cc}/u.test(line.replaceAll('\t', ''))) return undefined
    if (/^[ \t]/.test(line)) fields[fields.length - 1] += line
    else fields.push(line)
  }
  const senders: MailAddress[] = []
  let count = 0
  for (const [, name = '', value = ''] of fields.map((each) => field.exec(each) ?? [])) {
    const lowered = name.toLowerCase()
    if (!fromFields.has(lowered)) continue
    if (lowered === 'from') count += 1
    const found = mailboxesOf(value)
    if (found === undefined) return undefined
    senders.push(...found)
  }
  return count === 1 ? senders : undefined
}

function mailboxesOf(value: string): readonly MailAddress[] | undefined {
  const found: MailAddress[] = []
  let [words, bracketed] = ['', null as string | null]
  const finish = (): boolean => {
    const address = parseMailAddress(bracketed ?? words.trim())
    // Before brackets stands a name, and an address there would be another one to some.
    if (address === undefined || (bracketed !== null && /[@:;]/.test(words))) return false
    found.push(address)
    words = ''
    bracketed = null
    return true
  }
  token.lastIndex = 0
  while (token.lastIndex < value.length) {
    const match = token.exec(value)
    if (match === null) return undefined
    const [text, inside] = match
    if (text === ',') {
      if (!finish()) return undefined
    } else if (inside !== undefined) {
      if (bracketed !== null) return undefined
      bracketed = inside.trim()
    } else if (isAside(text) && value[token.lastIndex] !== '@') {
      // Whoever looks for brackets alone would find other ones.
      if (/[<>]|^\(.*@/s.test(text)) return undefined
    } else if (text.startsWith('(')) return undefined
    else if (bracketed !== null && text.trim() !== '') return undefined
    else words += text
  }
  return finish() ? found : undefined
}

/** A comment, or a quoted text that is part of a name. */
function isAside(text: string): boolean {
  return text.startsWith('(') || text.startsWith('"')
}

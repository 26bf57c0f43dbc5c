const headerLength = 12
const typeA = 1
const nameError = 3

/**
 * The least that a resolver must do: an address record for known names, no such name for the rest, nothing for what
 * cannot be read. Notes each name that was asked for.
 */
export function answerDns(
  message: Buffer,
  names: Readonly<Record<string, string>>,
  questions: string[],
): Buffer | undefined {
  const labels: string[] = []
  let at = headerLength
  for (;;) {
    const length = message[at]
    if (length === undefined || length > 63 || at + 1 + length > message.length) return undefined
    if (length === 0) break
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const end = at + 5
  if (end > message.length) return undefined
  const name = labels.join('.').toLowerCase()
  questions.push(name)
  const address = names[name]
  const records = address !== undefined && message.readUInt16BE(at + 1) === typeA ? [address] : []
  const header = Buffer.from(message.subarray(0, headerLength))
  header.writeUInt16BE(0x8580 | (address === undefined ? nameError : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records.length, 6)
  header.writeUInt32BE(0, 8)
  const answers = records.map((record) => [
    0xc0,
    headerLength,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    30,
    0,
    4,
    ...record.split('.').map(Number),
  ])
  return Buffer.concat([header, message.subarray(headerLength, end), ...answers.map((bytes) => Buffer.from(bytes))])
}

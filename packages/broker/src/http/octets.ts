const tokenBit = 1
const targetBit = 2
const valueBit = 4

/** RFC 9110 §5.6.2. */
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const classes = Uint8Array.from({ length: 256 }, (_, octet) => {
  const isToken = tokenCharacters.includes(String.fromCharCode(octet))
  const isTarget = octet > 0x20 && octet < 0x7f
  const isValue = isTarget || octet === 0x20 || octet === 0x09 || octet > 0x7f
  return (isToken ? tokenBit : 0) | (isTarget ? targetBit : 0) | (isValue ? valueBit : 0)
})

/** Offset of the first character at or behind `at` that a token cannot hold. */
export function endOfToken(text: string, at: number): number {
  return endOfClass(text, at, tokenBit)
}

/** Offset of the first character at or behind `at` that a request target cannot hold: whatever is not visible ASCII. */
export function endOfTarget(text: string, at: number): number {
  return endOfClass(text, at, targetBit)
}

/** Offset of the first character at or behind `at` that a field value or a reason cannot hold: controls but the tab. */
export function endOfValue(text: string, at: number): number {
  return endOfClass(text, at, valueBit)
}

// SECURITY: characters beyond Latin-1 are in no class: written as bytes they lose their upper half, and U+010A would be LF.
function endOfClass(text: string, at: number, bit: number): number {
  const { length } = text
  let end = at
  while (end < length && (classes[text.charCodeAt(end)]! & bit) !== 0) end += 1
  return end
}

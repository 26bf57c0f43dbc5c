type Ranges = readonly (readonly [number, number])[]

/** Mapped to nothing (RFC 3454, table B.1). */
const dropped: Ranges = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x1806, 0x1806],
  [0x180b, 0x180d],
  [0x200b, 0x200d],
  [0x2060, 0x2060],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
]
/** Prohibited (tables C.6 to C.9), beside the classes below. */
const prohibited: Ranges = [
  [0x340, 0x341],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x180e, 0x180e],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2061, 0x206f],
  [0x2ff0, 0x2ffb],
  [0xfff9, 0xfffd],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe007f],
]
const spaces = /\p{Zs}/gu
/** Control characters, and what is assigned to nothing or to nobody in particular. */
const classes = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u
const letter = /\p{L}/u

/** A password as SCRAM takes it (RFC 4013), or as it is where it cannot be prepared: that is what PostgreSQL does with it. */
export function saslPrep(password: string): string {
  const kept = [...password.replace(spaces, ' ')].filter((character) => !isIn(dropped, character)).join('')
  const prepared = kept.normalize('NFKC')
  const characters = [...prepared]
  if (prepared === '' || classes.test(prepared)) return password
  if (characters.some((character) => isIn(prohibited, character))) return password
  return isOneWay(characters) ? prepared : password
}

/** Text from right to left is so from its first character to its last, and has no letter from left to right (RFC 3454 §6). */
function isOneWay(characters: readonly string[]): boolean {
  if (!characters.some((character) => rightToLeft.test(character))) return true
  const isFramed = rightToLeft.test(characters[0]!) && rightToLeft.test(characters.at(-1)!)
  return isFramed && characters.every((character) => rightToLeft.test(character) || !letter.test(character))
}

function isIn(ranges: Ranges, character: string): boolean {
  const point = character.codePointAt(0)!
  return ranges.some(([first, last]) => point >= first && point <= last)
}

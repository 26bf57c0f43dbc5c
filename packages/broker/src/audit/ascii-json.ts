/**
 * JSON in printable ASCII. A journal is read with `cat` and `tail`, and holds text that agents made: no control
 * character, escape sequence or direction mark reaches the terminal.
 */
export function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

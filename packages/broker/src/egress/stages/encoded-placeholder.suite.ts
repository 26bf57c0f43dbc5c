/** A placeholder as the tests use it. */
export const samplePlaceholder = 'sk_test_coatcheck_9mPzQ4xWt7KdLr2VbY6nHs0J'

/** Ways in which an agent could write a placeholder so that a plain search misses it. */
export const encodings: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  'base64 at the first alignment': (text) => base64(`${text}/////`),
  'base64 at the second alignment': (text) => base64(`:${text}/////`),
  'base64 at the third alignment': (text) => base64(`::${text}/////`),
  'URL-safe base64': (text) => Buffer.from(`::${text}~~??`, 'latin1').toString('base64url'),
  'lower-case hexadecimal': (text) => Buffer.from(text, 'latin1').toString('hex'),
  'upper-case hexadecimal': (text) => Buffer.from(text, 'latin1').toString('hex').toUpperCase(),
  'percent-encoding of every character': (text) => percentEncode(text),
  'lower-case percent-encoding': (text) => percentEncode(text).toLowerCase(),
  'percent-encoding of one character': (text) => percentEncode(text.slice(0, 1)) + text.slice(1),
  'percent-encoded base64': (text) => percentEncode(base64(`:${text}`)),
  'JSON escapes of every character': (text) =>
    [...text].map((character) => `\\u${hexadecimal(character).padStart(4, '0')}`).join(''),
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}

function percentEncode(text: string): string {
  return [...text].map((character) => `%${hexadecimal(character).toUpperCase()}`).join('')
}

function hexadecimal(character: string): string {
  return character.charCodeAt(0).toString(16)
}

/** What a client says in `AUTH` or `HELLO`. */
export interface ClientClaim {
  readonly kind: 'auth' | 'hello'
  /** Passwords that it shows; one for each `AUTH` in it. */
  readonly passwords: readonly Buffer[]
  /** The request without its `AUTH`, for `HELLO`. */
  readonly rest: readonly Buffer[]
}

/** Reads a login; undefined where it has not the form of one. The user that it names is nobody's business. */
export function readClaim(words: readonly Buffer[]): ClientClaim | undefined {
  const [name, ...said] = words
  if (name === undefined) return undefined
  if (wordOf(name) === 'auth') {
    const password = said.at(-1)
    return said.length < 1 || said.length > 2 ? undefined : { kind: 'auth', passwords: [password!], rest: [] }
  }
  const passwords: Buffer[] = []
  const rest = words.slice(0, 2)
  for (let at = 2; at < words.length; ) {
    const option = wordOf(words[at]!)
    if (option === 'auth' && at + 2 < words.length) {
      passwords.push(words[at + 2]!)
      at += 3
    } else if (option === 'setname' && at + 1 < words.length) {
      rest.push(words[at]!, words[at + 1]!)
      at += 2
    } else return undefined
  }
  return { kind: 'hello', passwords, rest }
}

/** A word in lower case. */
export function wordOf(bytes: Buffer): string {
  return bytes.toString('latin1').toLowerCase()
}

/** A user and a password. */
export interface Pair {
  readonly user: string
  readonly password: string
}

/** Reads a pair in base64, as RFC 7617 has it; nothing when it is none. */
export function pairIn(text: string): Pair | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(text, 'base64').toString()) ?? []
  return user === undefined || password === undefined ? undefined : { user, password }
}

/** Writes a pair in base64. */
export function pairText(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}

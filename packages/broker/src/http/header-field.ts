/** One field line of a message, in the order in which it was sent. */
export interface HeaderField {
  /** In the sender's letters. */
  name: string
  /** Bytes as Latin-1 text, without the spaces and tabs around it. */
  value: string
}

/** What is done about a command of a client; what is not named here is refused. */
export type CommandAction = 'pass' | 'statement' | 'prepare' | 'changeUser' | 'kill' | 'reset' | 'setOption'

/** Commands by their first byte. SECURITY: those of replicas, of administration and of the server's own threads are not among them. */
export const commandActions: ReadonlyMap<number, CommandAction> = new Map([
  // Quit, database, fields, statistics, processes, ping.
  ...[0x01, 0x02, 0x04, 0x09, 0x0a, 0x0e].map((code) => [code, 'pass'] as const),
  // Execute, long data, close, reset and fetch of prepared statements, and MariaDB's execution of many at once.
  ...[0x17, 0x18, 0x19, 0x1a, 0x1c, 0xfa].map((code) => [code, 'pass'] as const),
  [0x03, 'statement'],
  [0x16, 'prepare'],
  [0x0c, 'kill'],
  [0x11, 'changeUser'],
  [0x1b, 'setOption'],
  [0x1f, 'reset'],
])

/** A command that runs a statement. */
export const statementCommand = 0x03
/** A command that prepares one. */
export const prepareCommand = 0x16
/** A command that makes a session one of another user. */
export const changeUserCommand = 0x11

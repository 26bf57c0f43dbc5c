/** The service says no. SECURITY: its text names the user and the host, and goes nowhere. */
export class ServiceRefusal extends Error {
  /** Number of the error, as the service has it. */
  readonly number: number
  /** Five characters, as the service gave them. */
  readonly sqlState: string

  constructor(number: number, sqlState: string) {
    super('refused')
    this.number = number
    this.sqlState = sqlState
  }

  /** What an error packet says, but for its text. */
  static of(body: Buffer): ServiceRefusal {
    const number = body.length < 3 ? 0 : body.readUInt16LE(1)
    const [, state] = /^#([0-9A-Z]{5})/.exec(body.toString('latin1', 3, 9)) ?? []
    return new ServiceRefusal(number, state ?? 'HY000')
  }

  /** Whether it is the password that was not taken. */
  get isAboutPassword(): boolean {
    return this.number === 1045 || this.number === 1698
  }
}

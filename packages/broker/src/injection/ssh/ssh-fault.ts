/** Reasons of a disconnection that are sent here. RFC 4253 §11.1. */
export const disconnectReasons = {
  protocolError: 2,
  keyExchangeFailed: 3,
  hostKeyNotVerifiable: 9,
  byApplication: 11,
} as const

/** A side broke the protocol of SSH, or wants what is not spoken here; what it said is repeated nowhere. */
export class SshFault extends Error {
  /** RFC 4253 §11.1. */
  readonly reason: number

  /** @param message a few words of our own */
  constructor(message: string, reason: number = disconnectReasons.protocolError) {
    super(message)
    this.reason = reason
  }
}

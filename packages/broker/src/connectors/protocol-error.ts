/** A side broke the protocol, or went away; what it said is repeated nowhere. */
export class ProtocolError extends Error {}

/**
 * What a client shows a service when TLS begins. SECURITY: what is made of one is kept for as long as this object is, and no
 * longer: it is passed on, and never copied.
 */
export interface ClientIdentity {
  /** The client’s own certificate, and those between it and a root, PEM. */
  readonly certificates: string
  /** Private key, PEM. */
  readonly key: string
}

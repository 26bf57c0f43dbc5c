import { reasonOf } from '../upstream/open-socket.ts'
import { refusesCertificate } from '../upstream/refuses-certificate.ts'

/** A side broke the protocol, or went away; what it said is repeated nowhere. */
export class ProtocolError extends Error {
  /** Whether the side went away over a certificate: in TLS 1.3 a service says so after the handshake (RFC 8446 §4.4.2.4). */
  get isAboutCertificate(): boolean {
    return this.cause !== undefined && refusesCertificate(reasonOf(this.cause))
  }
}

import { ProtocolError } from '../protocol-error.ts'

/** The service broke the protocol, or went away, behind the login. */
export class ServiceFault extends ProtocolError {}

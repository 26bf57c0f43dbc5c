/** Alerts of RFC 8446 §6.2 about a client’s certificate, as Node names them. */
const alerts =
  /^ERR_SSL_.*ALERT_(?:ACCESS_DENIED|BAD_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REQUIRED|REVOKED|UNKNOWN)|NO_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)$/

/** Whether the code of an error says that a service does not take the client’s certificate, or misses one. */
export function refusesCertificate(code: string): boolean {
  return alerts.test(code)
}

import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { DoorStatus } from '@coatcheck/contract'
import { type Finding, finding } from '../finding.ts'

const deadlineMs = 5_000
const dayMs = 24 * 60 * 60 * 1000
/** A certificate that ends sooner is warned of. */
const soonMs = 14 * dayMs

/** Whether the listeners beside the Unix socket speak TLS where they must, with a certificate that is good now. */
export async function checkDoors(doors: readonly DoorStatus[], now: Date): Promise<readonly Finding[]> {
  if (doors.length === 0) return [finding('listeners', 'ok', 'nothing listens but the socket of the owner')]
  return Promise.all(doors.map((door) => checkDoor(door, now)))
}

async function checkDoor({ name, url }: DoorStatus, now: Date): Promise<Finding> {
  const check = `listener: ${name}`
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (protocol === 'http:') {
    if (isLoopback(host)) return finding(check, 'ok', `${url} is in clear text, on this machine only`)
    return finding(check, 'failed', `${url} is in clear text, off this machine`, 'Give it a certificate and its key.')
  }
  const validTo = await certificateEnd(host, port === '' ? 443 : Number(port))
  if (validTo === undefined) {
    const remedy = 'From elsewhere it may answer; check name and port of its public URL.'
    return finding(check, 'warning', `${url} did not answer from here`, remedy)
  }
  return judgeEnd(check, url, validTo, now)
}

/** What the end of a certificate means today. */
export function judgeEnd(check: string, url: string, validTo: Date, now: Date): Finding {
  const day = validTo.toISOString().slice(0, 10)
  const remedy = 'Renew the certificate, and start the broker again.'
  if (validTo <= now) return finding(check, 'failed', `the certificate of ${url} expired on ${day}`, remedy)
  if (validTo.getTime() - now.getTime() < soonMs) {
    return finding(check, 'warning', `the certificate of ${url} expires on ${day}`, remedy)
  }
  return finding(check, 'ok', `${url} speaks TLS, with a certificate until ${day}`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** When the certificate ends that a listener shows; undefined when it shows none. */
function certificateEnd(host: string, port: number): Promise<Date | undefined> {
  return new Promise((resolve) => {
    // Whom it names is the business of those who call; here only its time is looked at, and nothing is sent.
    const options = { host, port, rejectUnauthorized: false, ...(isIP(host) === 0 ? { servername: host } : {}) }
    const socket: TLSSocket = connect(options, () => end(new Date(socket.getPeerCertificate().valid_to)))
    const end = (result: Date | undefined): void => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(deadlineMs, () => end(undefined))
    socket.once('error', () => end(undefined))
  })
}

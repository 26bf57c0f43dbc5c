import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The authority of a peer that intercepts. */
export interface PeerAuthority {
  /** PEM. */
  readonly certificate: string
  /** Key and certificate in one file, PEM. */
  readonly file: string
}

/** Makes an authority in a folder of the peer's. */
export function peerAuthority(folder: string): PeerAuthority {
  const [certificateFile, keyFile, file] = ['ca.pem', 'ca.key', 'ca-and-key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const subject = ['-subj', '/CN=Bench peer', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-days', '2']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', certificateFile], { stdio: 'ignore' })
  const certificate = readFileSync(certificateFile, 'utf8')
  writeFileSync(file, readFileSync(keyFile, 'utf8') + certificate, { mode: 0o600 })
  return { certificate, file }
}

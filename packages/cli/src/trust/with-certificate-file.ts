import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Lends a file with the certificate to programs that read no standard input. */
export function withCertificateFile(certificate: string, use: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-trust-'))
  try {
    const file = join(folder, 'authority.pem')
    writeFileSync(file, certificate)
    use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

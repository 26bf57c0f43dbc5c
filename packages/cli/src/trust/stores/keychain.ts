import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { runProgram } from '../run-program.ts'
import type { TrustStore } from '../trust-store.ts'
import { withCertificateFile } from '../with-certificate-file.ts'

/** The login keychain of a person on macOS. */
export const keychainStore: TrustStore = {
  placesFor(_authority, { at, environment }) {
    demandMacOs()
    return [at ?? join(environment['HOME'] ?? '/', 'Library', 'Keychains', 'login.keychain-db')]
  },

  install({ certificate }, place) {
    demandMacOs()
    withCertificateFile(certificate, (file) =>
      runProgram({
        program: 'security',
        args: ['add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k', place, file],
      }),
    )
  },

  remove({ fingerprintSha1 }, place) {
    demandMacOs()
    const hash = fingerprintSha1.replaceAll(':', '')
    const listed = runProgram({ program: 'security', args: ['find-certificate', '-a', '-Z', place] })
    if (!listed.includes(hash)) return
    // `-t`: with what it is trusted for.
    runProgram({ program: 'security', args: ['delete-certificate', '-Z', hash, '-t', place] })
  },
}

/** @throws CoatcheckError `trust_store_failed` */
function demandMacOs(): void {
  if (process.platform === 'darwin') return
  throw new CoatcheckError('trust_store_failed', { reason: 'only macOS has keychains' })
}

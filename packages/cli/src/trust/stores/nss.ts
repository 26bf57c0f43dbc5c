import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { runProgram } from '../run-program.ts'
import type { StoreAccess, TrustStore } from '../trust-store.ts'

/** The database of certificates that Chromium and Firefox use: the person's own, or the one of a profile. */
export const nssStore: TrustStore = {
  placesFor(_authority, { at, environment }) {
    const place = at ?? join(environment['HOME'] ?? '/', '.pki', 'nssdb')
    if (existsSync(join(place, 'cert9.db'))) return [place]
    const reason = `there is no database in ${place}: start the browser once, or name the folder with --at`
    throw new CoatcheckError('trust_store_failed', { reason })
  },

  install({ certificate, label }, place, access) {
    // C: trusted to issue to TLS servers; nothing for mail, nothing for code.
    const args = ['-A', '-n', label, '-t', 'C,,', '-a', ...opened(place, access)]
    runProgram({ program: 'certutil', args, input: certificate, changes: place })
  },

  remove({ label }, place, access) {
    if (!existsSync(join(place, 'cert9.db'))) return
    const listed = runProgram({ program: 'certutil', args: ['-L', ...opened(place, access)] })
    if (!listed.split('\n').some((line) => line.startsWith(`${label} `))) return
    runProgram({ program: 'certutil', args: ['-D', '-n', label, ...opened(place, access)], changes: place })
  },
}

function opened(place: string, { passwordFile }: StoreAccess): readonly string[] {
  return ['-d', `sql:${place}`, ...(passwordFile === undefined ? [] : ['-f', passwordFile])]
}

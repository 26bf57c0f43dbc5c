import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { runProgram } from '../run-program.ts'
import type { TrustStore } from '../trust-store.ts'
import { withCertificateFile } from '../with-certificate-file.ts'

interface SystemKind {
  /** Where a system keeps what its administrator added. */
  readonly folder: string
  readonly extension: '.crt' | '.pem'
  readonly program: string
  readonly afterInstall: readonly string[]
  readonly afterRemoval: readonly string[]
}

/** In the order in which they are looked for: some systems have an empty folder of another one. */
const kinds: readonly SystemKind[] = [
  // Fedora, Red Hat and their kin.
  {
    folder: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    program: 'update-ca-trust',
    afterInstall: ['extract'],
    afterRemoval: ['extract'],
  },
  // Arch.
  {
    folder: '/etc/ca-certificates/trust-source/anchors',
    extension: '.crt',
    program: 'trust',
    afterInstall: ['extract-compat'],
    afterRemoval: ['extract-compat'],
  },
  // SUSE.
  {
    folder: '/etc/pki/trust/anchors',
    extension: '.pem',
    program: 'update-ca-certificates',
    afterInstall: [],
    afterRemoval: [],
  },
  // Debian, Ubuntu and Alpine. Links to a file that is gone go only when all are made anew.
  {
    folder: '/usr/local/share/ca-certificates',
    extension: '.crt',
    program: 'update-ca-certificates',
    afterInstall: [],
    afterRemoval: ['--fresh'],
  },
]

/** The roots that the operating system gives to its programs. */
export const systemStore: TrustStore = {
  placesFor(_authority, { at }) {
    if (at !== undefined) throw new CoatcheckError('trust_store_failed', { reason: 'the system has one place only' })
    const kind = kinds.find(({ folder }) => existsSync(folder))
    if (kind !== undefined) return [kind.folder]
    throw new CoatcheckError('trust_store_failed', { reason: 'none of the known places for roots is here' })
  },

  install({ certificate, label }, place) {
    const { extension, program, afterInstall } = kindAt(place)
    const file = join(place, label + extension)
    withCertificateFile(certificate, (source) =>
      runProgram({ program: 'install', args: ['-m', '0644', source, file], changes: place }),
    )
    runProgram({ program, args: afterInstall, changes: place })
  },

  remove({ label }, place) {
    const { extension, program, afterRemoval } = kindAt(place)
    runProgram({ program: 'rm', args: ['-f', join(place, label + extension)], changes: place })
    runProgram({ program, args: afterRemoval, changes: place })
  },
}

/** @throws CoatcheckError `trust_store_failed` */
function kindAt(place: string): SystemKind {
  const kind = kinds.find(({ folder }) => folder === place)
  if (kind === undefined) throw new CoatcheckError('trust_store_failed', { reason: `${place} is no store of a system` })
  return kind
}

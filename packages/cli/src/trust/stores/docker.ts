import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { runProgram } from '../run-program.ts'
import type { TrustStore } from '../trust-store.ts'
import { withCertificateFile } from '../with-certificate-file.ts'

const usualFolder = '/etc/docker/certs.d'
const registryForm = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)+)(?::[1-9][0-9]{0,4})?$/

/** The roots that a Docker daemon believes for one registry; it has no store for all of them. */
export const dockerStore: TrustStore = {
  placesFor({ names }, { at, registries }) {
    if (registries.length === 0) {
      const reason = 'Docker trusts roots per registry: name the registry with --registry'
      throw new CoatcheckError('trust_store_failed', { reason })
    }
    return registries.map((registry) => {
      const [, host] = registryForm.exec(registry) ?? []
      const isCovered = host !== undefined && names.some((name) => host === name || host.endsWith(`.${name}`))
      if (isCovered) return join(at ?? usualFolder, registry)
      throw new CoatcheckError('trust_store_failed', { reason: 'the authority is not good for this registry' })
    })
  },

  install({ certificate, label }, place) {
    const target = join(place, `${label}.crt`)
    withCertificateFile(certificate, (source) =>
      runProgram({ program: 'install', args: ['-D', '-m', '0644', source, target], changes: place }),
    )
  },

  remove({ label }, place) {
    if (!existsSync(place)) return
    runProgram({ program: 'rm', args: ['-f', join(place, `${label}.crt`)], changes: place })
    if (readdirSync(place).length === 0) runProgram({ program: 'rmdir', args: [place], changes: place })
  },
}

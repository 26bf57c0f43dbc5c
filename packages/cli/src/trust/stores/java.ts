import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { findProgram, runProgram } from '../run-program.ts'
import type { StoreAccess, TrustStore } from '../trust-store.ts'

/** What key stores of roots are delivered with: public, and no secret. */
const usualPassword = ['-storepass', 'changeit']

/** The roots of a Java installation: `cacerts`, or a key store of the person's own. */
export const javaStore: TrustStore = {
  placesFor(_authority, { at, environment }) {
    const place = at ?? join(javaHome(environment['JAVA_HOME']), 'lib', 'security', 'cacerts')
    if (!existsSync(place)) throw new CoatcheckError('trust_store_failed', { reason: `there is no key store ${place}` })
    return [realpathSync(place)]
  },

  install({ certificate, label }, place, access) {
    if (has(label, place, access)) return
    const args = ['-importcert', '-noprompt', '-alias', label, ...opened(place, access)]
    runProgram({ program: 'keytool', args, input: certificate, changes: place })
  },

  remove({ label }, place, access) {
    if (!existsSync(place) || !has(label, place, access)) return
    runProgram({ program: 'keytool', args: ['-delete', '-alias', label, ...opened(place, access)], changes: place })
  },
}

/** Every entry is listed: a question for one alias fails alike for a wrong password and for no such alias. */
function has(label: string, place: string, access: StoreAccess): boolean {
  const listed = runProgram({ program: 'keytool', args: ['-list', ...opened(place, access)] })
  return listed.split('\n').some((line) => line.startsWith(`${label},`))
}

function opened(place: string, { passwordFile }: StoreAccess): readonly string[] {
  return ['-keystore', place, ...(passwordFile === undefined ? usualPassword : ['-storepass:file', passwordFile])]
}

/** @throws CoatcheckError `trust_store_failed` */
function javaHome(named: string | undefined): string {
  if (named !== undefined && named !== '') return named
  const keytool = findProgram('keytool')
  if (keytool !== undefined) return dirname(dirname(realpathSync(keytool)))
  throw new CoatcheckError('trust_store_failed', { reason: 'keytool is not installed, and JAVA_HOME is not set' })
}

import { z } from 'zod'
import { cleanEnvironment, runProgram } from '../run-program.ts'
import { sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { maxValueBytes, valueFromBytes } from '../value-from-bytes.ts'

/** No option of a program. */
const attribute = z.string().regex(/^[^-\0][^\0]{0,255}$/)

/** Which entry of a keychain. */
export interface KeychainEntry {
  readonly service: string
  readonly account: string
}

/** An entry of the keychain of this user: the Secret Service on Linux, the login keychain on macOS. */
export const keychainSource = defineSourceKind({
  kind: 'keychain',
  options: z.strictObject({ service: attribute, account: attribute }),
  open: (entry, { homeFolder }) => ({
    kind: 'keychain',
    mayChange: true,
    async read(signal) {
      const { command, variables } = keychainCommand(process.platform, entry, process.getuid?.() ?? 0)
      const environment = { ...cleanEnvironment(homeFolder), ...variables }
      const written = await runProgram({ command, environment, maxOutputBytes: maxValueBytes + 2 }, signal)
      return { value: valueFromBytes(written) }
    },
  }),
})

/** The program that reads a keychain, by its absolute path. @throws CoatcheckError `source_unavailable` on other systems */
export function keychainCommand(platform: NodeJS.Platform, { service, account }: KeychainEntry, uid: number) {
  if (platform === 'darwin') {
    const command = ['/usr/bin/security', 'find-generic-password', '-s', service, '-a', account, '-w']
    return { command, variables: {} }
  }
  if (platform !== 'linux') throw sourceFailure('this system has no keychain that is known here')
  const command = ['/usr/bin/secret-tool', 'lookup', 'service', service, 'account', account]
  return { command, variables: { DBUS_SESSION_BUS_ADDRESS: `unix:path=/run/user/${uid}/bus` } }
}

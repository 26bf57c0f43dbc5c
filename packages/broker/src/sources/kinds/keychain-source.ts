import { z } from 'zod'
import { cleanEnvironment, runProgram } from '../run-program.ts'
import { type Source, sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { maxValueBytes, valueFromBytes } from '../value-from-bytes.ts'

/** No option of a program. */
const attribute = z.string().regex(/^[^-\0][^\0]{0,255}$/)

const lineBreak = 0x0a

/** Which entry of a keychain. */
export interface KeychainEntry {
  readonly service: string
  readonly account: string
}

/** An entry of the keychain of this user: the Secret Service on Linux, the login keychain on macOS. */
export const keychainSource = defineSourceKind({
  kind: 'keychain',
  options: z.strictObject({ service: attribute, account: attribute }),
  open: (entry, { homeFolder }) =>
    keychainThrough(() => keychainCommand(process.platform, entry, process.getuid?.() ?? 0), homeFolder),
})

/** How a program is called that reads one entry of a keychain. */
export interface KeychainCommand {
  readonly command: readonly string[]
  /** Over the clean environment. */
  readonly variables: Readonly<Record<string, string>>
  /** It ends what it writes with a line break that is not the value’s. */
  readonly endsLine: boolean
}

/** The entry that a program reads. It ends with another code than 0 where there is none. */
export function keychainThrough(commandOf: () => KeychainCommand, homeFolder: string): Source {
  return {
    kind: 'keychain',
    mayChange: true,
    async read(signal) {
      const { command, endsLine, variables } = commandOf()
      const environment = { ...cleanEnvironment(homeFolder), ...variables }
      const written = await runProgram({ command, environment, maxOutputBytes: maxValueBytes + 3 }, signal)
      const isEnded = endsLine && written.at(-1) === lineBreak
      return { value: valueFromBytes(isEnded ? written.subarray(0, -1) : written) }
    },
  }
}

/** The program that reads a keychain, by its absolute path. @throws CoatcheckError `source_unavailable` on other systems */
export function keychainCommand(
  platform: NodeJS.Platform,
  { service, account }: KeychainEntry,
  uid: number,
): KeychainCommand {
  if (platform === 'darwin') {
    const command = ['/usr/bin/security', 'find-generic-password', '-s', service, '-a', account, '-w']
    return { command, variables: {}, endsLine: true }
  }
  if (platform !== 'linux') throw sourceFailure('this system has no keychain that is known here')
  const command = ['/usr/bin/secret-tool', 'lookup', 'service', service, 'account', account]
  return { command, variables: { DBUS_SESSION_BUS_ADDRESS: `unix:path=/run/user/${uid}/bus` }, endsLine: false }
}

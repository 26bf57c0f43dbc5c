import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { readCredential } from './credential.ts'
import { cleanEnvironment, runProgram } from './run-program.ts'
import type { Source } from './source.ts'
import { maxValueBytes } from './value-from-bytes.ts'

/** Where the program of a vault is. */
export const programPath: z.ZodType<string> = z.string().max(4096).refine(isAbsolute, 'must be an absolute path')

/** A program of a vault, which wants the credential of its caller in a variable. */
export interface CredentialProgram {
  /** Absolute path, then arguments. SECURITY: never the credential, which every user of the machine could read there. */
  readonly command: readonly string[]
  readonly variable: string
  readonly token: Source
  readonly homeFolder: string
}

/** JSON has escapes and other members around a value. */
const maxOutputBytes = maxValueBytes * 2

/**
 * What the program writes. SECURITY: the credential is in the environment of that program alone, for as long as it runs.
 * @throws CoatcheckError `source_unavailable`
 */
export async function askProgram(
  { command, variable, token, homeFolder }: CredentialProgram,
  signal: AbortSignal,
): Promise<Buffer> {
  const environment = { ...cleanEnvironment(homeFolder), [variable]: await readCredential(token, signal) }
  return runProgram({ command, environment, maxOutputBytes }, signal)
}

import { dirname } from 'node:path'
import { findProgram, pathFolders } from './tools/find-program.ts'

/** What a sandbox does not see of the host's programs. */
export interface HiddenTools {
  /** Never shown without being asked for. */
  readonly refused: readonly string[]
  /** Could not be shown, each with the reason. */
  readonly leftOut: readonly string[]
}

/** Why a program of the host was not found in a sandbox, and the option that shows it; empty when it is nowhere. */
export function missingProgramHint(
  program: string,
  user: Readonly<Record<string, string>>,
  { refused, leftOut }: HiddenTools,
): readonly string[] {
  const found = program.includes('/') ? program : findProgram(program, pathFolders(user['PATH']))
  if (found === undefined) return []
  const reasons = leftOut.map((line) => `not shown: ${line}`)
  if (refused.length === 0) return reasons
  const mounts = refused.map((path) => `--mount ${path}:ro`).join(' ')
  const place = `${program} is in ${dirname(found)}, which no sandbox is shown without being asked to`
  return [`${place}; ${mounts} would show it`, ...reasons]
}

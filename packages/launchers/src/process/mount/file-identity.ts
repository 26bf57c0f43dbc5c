import { lstatSync } from 'node:fs'

/** Device and inode of a file, as `device:inode`: the same under every path and bind mount that leads to it. */
export type FileIdentity = string

/** Identity of the file itself (a link is not followed), or nothing when there is none or it cannot be seen. */
export function fileIdentity(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = lstatSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

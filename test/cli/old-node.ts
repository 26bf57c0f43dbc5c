import { spawnSync } from 'node:child_process'

/** A Node of this machine that is too old to run the command itself; undefined when there is none. */
export function findOldNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node', '/opt/node/bin/node'].find((path) => {
    const { status, stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8', env: {} })
    const [major = 0, minor = 0] = stdout?.split('.').map(Number) ?? []
    return status === 0 && (major < 24 || (major === 24 && minor < 15))
  })
}

/** Reason to skip a test that needs an old Node, or `false`; fits `node:test`'s `skip`. */
export const skipWithoutOldNode = findOldNode() === undefined ? 'no Node older than 24.15 on this machine' : false

import { writeSync } from 'node:fs'
import { SecretValue } from '../../vault/secret-value.ts'
import { openInstallation } from './installation.suite.ts'

/** The value of a version, so that whoever knows name and version can check it. */
export function valueOfVersion(name: string, version: number): string {
  return `canary-${name}-${version}-0123456789abcdef`
}

/** Creates, rotates and deletes secrets until it is killed; says on standard output what it begins, and what was acknowledged. */
function writeUntilKilled(root: string, prefix: string): void {
  const { vault } = openInstallation(root)
  const say = (...words: readonly (string | number)[]) => writeSync(1, `${words.join(' ')}\n`)
  const step = (name: string, version: number, act: (value: SecretValue) => void) => {
    say('begin', name, version)
    act(new SecretValue(Buffer.from(valueOfVersion(name, version))))
    say('done', name, version)
  }
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  for (let count = 0; count < 10_000; count++) {
    const name = `${prefix}-${count}`
    const secret = { project: 'default', name, provider: null, shape: null, scopes, rotationDays: null, weak: false }
    step(name, 1, (value) => vault.create(secret, value))
    step(name, 2, (value) => vault.rotate('default', name, value))
    if (count % 3 === 2) step(`${prefix}-${count - 1}`, 0, () => vault.delete('default', `${prefix}-${count - 1}`))
  }
}

const [, program, root, prefix] = process.argv
if (program === import.meta.filename && root !== undefined && prefix !== undefined) writeUntilKilled(root, prefix)

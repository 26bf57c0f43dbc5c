import { lstatSync, readFileSync, type Stats } from 'node:fs'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { type Finding, finding } from '../finding.ts'

const check = 'key'

/** What somebody who takes the disk, or a copy of the home, would have. */
export function checkKeyPlace(home: Home): readonly Finding[] {
  const { keyFile } = homePaths(home)
  const entry = lstatSync(keyFile, { throwIfNoEntry: false })
  if (entry === undefined) return [finding(check, 'skipped', 'there is no key yet; the first secret makes one')]
  if (isOpen(entry))
    return [finding(check, 'failed', `${keyFile} can be read by others`, `Run \`chmod 600 ${keyFile}\`.`)]
  if (asksForPassphrase(keyFile)) {
    return [finding(check, 'ok', 'a thief of this disk gets ciphertext; the key asks for its passphrase')]
  }
  const says = `a thief of this disk who takes ${home.data} and ${home.keys} together can read every secret`
  return [finding(check, 'warning', says, 'Encrypt the disk, or protect the key with `coatcheck vault passphrase`.')]
}

function isOpen({ mode }: Stats): boolean {
  return (mode & 0o077) !== 0
}

function asksForPassphrase(path: string): boolean {
  return readFileSync(path, 'latin1').includes('argon2id')
}

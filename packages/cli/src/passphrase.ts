import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isCancel, password } from '@clack/prompts'
import type { BrokerProcessOptions } from '@coatcheck/broker'
import { type Home, keyAsksForPassphrase } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import type { Surroundings } from './session.ts'

/** Name of the credential in which a service manager hands the passphrase over. */
const credentialName = 'coatcheck-passphrase'

/** What a broker of this home has to be given to open its key. Asks at the terminal when nothing else says it. */
export async function unlockOptions(
  home: Home,
  surroundings: Surroundings,
): Promise<Pick<BrokerProcessOptions, 'passphrase' | 'settings'>> {
  if (!keyAsksForPassphrase(home)) return {}
  const passphraseFile = passphraseFileOf(surroundings)
  if (passphraseFile !== undefined) return { settings: { passphraseFile } }
  if (!surroundings.stdin.isTTY) return {}
  return { passphrase: await askPassphrase('Passphrase of the key', surroundings) }
}

/** The file that the environment names; its path is no secret. */
export function passphraseFileOf({ environment, cwd }: Surroundings): string | undefined {
  const named = environment['COATCHECK_PASSPHRASE_FILE']
  if (named !== undefined && named !== '') return resolve(cwd, named)
  const credentials = environment['CREDENTIALS_DIRECTORY']
  const handed = credentials === undefined ? undefined : join(credentials, credentialName)
  return handed !== undefined && existsSync(handed) ? handed : undefined
}

/** What a person types, unseen. @throws CoatcheckError `passphrase_required` */
export async function askPassphrase(message: string, { stdin, stderr }: Surroundings): Promise<string> {
  if (!stdin.isTTY) throw new CoatcheckError('passphrase_required')
  const typed = await password({ message, input: stdin, output: stderr })
  if (isCancel(typed) || typed === undefined || typed === '') throw new CoatcheckError('passphrase_required')
  return typed
}

/** A new passphrase, typed twice. @throws CoatcheckError `passphrase_required` | `request_invalid` when they differ */
export async function askNewPassphrase(surroundings: Surroundings): Promise<string> {
  if (!surroundings.stdin.isTTY) {
    const reason = 'nobody is there to type a new passphrase: add --passphrase-file or --passphrase-stdin'
    throw new CoatcheckError('request_invalid', { reason })
  }
  const first = await askPassphrase('New passphrase of the key, at least 12 characters', surroundings)
  const second = await askPassphrase('The same once more', surroundings)
  if (first !== second) throw new CoatcheckError('request_invalid', { reason: 'the two passphrases differ' })
  return first
}

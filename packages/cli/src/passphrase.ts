import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BrokerProcessOptions } from '@coatcheck/broker'
import { type Home, keyAsksForPassphrase } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import { askUnseen } from './ask-at-terminal.ts'
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
export async function askPassphrase(message: string, surroundings: Surroundings): Promise<string> {
  const typed = surroundings.stdin.isTTY ? await askUnseen(message, surroundings) : undefined
  if (typed === undefined) throw new CoatcheckError('passphrase_required')
  return typed
}

/** A new passphrase for a key or a backup, typed twice. @throws CoatcheckError `request_invalid` */
export async function askNewPassphrase(of: 'backup' | 'key', surroundings: Surroundings): Promise<string> {
  if (!surroundings.stdin.isTTY) {
    const reason = 'nobody is there to type a new passphrase: add --passphrase-file or --passphrase-stdin'
    throw invalid(reason)
  }
  const first = await askUnseen(`New passphrase of the ${of}, at least 12 characters`, surroundings)
  if (first === undefined) throw invalid('no passphrase was typed; nothing was changed')
  const second = await askUnseen('The same once more', surroundings)
  if (first !== second) throw invalid('the two passphrases differ; nothing was changed')
  return first
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}

import { type Command, Option } from 'commander'
import { askNewPassphrase } from './passphrase.ts'
import { readValue } from './read-value.ts'
import type { Surroundings } from './session.ts'

/** How a new passphrase is given. */
export interface NewPassphraseOptions {
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
}

/** Adds the options by which a new passphrase is given. */
export function addPassphraseOptions(command: Command): Command {
  return command
    .option('--passphrase-file <file>', 'read the new passphrase from a file; one line break at its end is dropped')
    .addOption(
      new Option('--passphrase-stdin', 'read the new passphrase from standard input').conflicts('passphraseFile'),
    )
}

/** The new passphrase that the options give, or that a person types twice. @throws CoatcheckError `request_invalid` */
export async function readNewPassphrase(
  options: NewPassphraseOptions,
  surroundings: Surroundings,
  of: 'backup' | 'key' = 'key',
): Promise<string> {
  const { passphraseFile: valueFile, passphraseStdin: valueStdin } = options
  if (valueFile === undefined && valueStdin !== true) return askNewPassphrase(of, surroundings)
  const given = { ...(valueFile !== undefined && { valueFile }), ...(valueStdin === true && { valueStdin }) }
  return readValue(given, surroundings, '')
}

import { CoatcheckError } from '@coatcheck/contract'

/** `settings_invalid` about a configuration; the reason repeats nothing of the file, nor its path. */
export function configRefusal(reason: string, cause?: unknown): CoatcheckError {
  const facts = { setting: 'config', reason, hint: 'docs/configuration.md shows the form of the file.' }
  return new CoatcheckError('settings_invalid', facts, { cause })
}

import { CoatcheckError, type ProviderCreate } from '@coatcheck/contract'
import { readDescriptionOr } from './read-description-or.ts'

/** A provider that somebody described in YAML; `-` is standard input. @throws CoatcheckError `request_invalid` */
export async function readProviderFile(path: string, stdin: AsyncIterable<Buffer | string>): Promise<ProviderCreate> {
  const definition = await readDescriptionOr(path, stdin)
  if (typeof definition['id'] !== 'string') throw new CoatcheckError('request_invalid', { reason: 'id: it is missing' })
  return definition as unknown as ProviderCreate
}

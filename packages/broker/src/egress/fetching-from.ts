import type { SourceValues } from '../sources/source-values.ts'
import type { Errands } from './errands.ts'

/** Fetches the values of secrets that have a source; requests that use none wait for nothing. */
export function fetchingFrom(
  sources: Pick<SourceValues, 'bring' | 'dismiss'>,
): Pick<Errands, 'dismissValue' | 'fetchValues'> {
  return {
    fetchValues(attachments) {
      for (const { grant } of attachments) {
        if (grant.source !== undefined) return sources.bring(attachments.map((attachment) => attachment.grant))
      }
      return undefined
    },
    dismissValue({ source }) {
      if (source !== undefined) sources.dismiss(source)
    },
  }
}

import { readFileSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import type { BrokerPlace } from '@coatcheck/sdk'
import { fileFailure } from './file-failure.ts'

/** What names a broker elsewhere on the command line. */
export interface PlaceOptions {
  readonly broker?: string
  readonly tokenFile?: string
  readonly brokerCa?: string
}

/** Longest file of a token, in bytes. */
const maxTokenFileBytes = 4_096

/**
 * The broker elsewhere that the options, or `COATCHECK_BROKER` and `COATCHECK_TOKEN_FILE`, name; undefined when they name none.
 * @throws CoatcheckError `request_invalid` when the token or the roots cannot be read
 */
export function placeFrom(options: PlaceOptions, environment: Readonly<NodeJS.ProcessEnv>): BrokerPlace | undefined {
  const url = options.broker ?? given(environment, 'COATCHECK_BROKER')
  if (url === undefined) return undefined
  const tokenFile = options.tokenFile ?? given(environment, 'COATCHECK_TOKEN_FILE')
  // SECURITY: arguments and variables are seen by every process of the same user; a token comes from a file.
  if (tokenFile === undefined)
    throw invalid('the broker at a URL wants a token: name its file with --token-file or COATCHECK_TOKEN_FILE')
  const caFile = options.brokerCa ?? given(environment, 'COATCHECK_BROKER_CA')
  return {
    url,
    token: read(tokenFile, 'the token').trim(),
    ...(caFile === undefined ? {} : { ca: read(caFile, 'the root certificates') }),
  }
}

function given(environment: Readonly<NodeJS.ProcessEnv>, name: string): string | undefined {
  const value = environment[name]
  return value === '' ? undefined : value
}

function read(path: string, what: string): string {
  try {
    // `-` is standard input, which a pipe gives no second time.
    const text = readFileSync(path === '-' ? 0 : path, 'utf8')
    if (what === 'the token' && text.length > maxTokenFileBytes)
      throw invalid('the file of the token holds something else')
    return text
  } catch (error) {
    if (error instanceof CoatcheckError) throw error
    throw fileFailure(`the file of ${what} cannot be read`, error)
  }
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}

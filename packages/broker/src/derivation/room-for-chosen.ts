import { tokenUnavailable } from './take-step.ts'
import type { TokenLine } from './token-line.ts'

/** SECURITY: what clients can choose of one secret, such as scopes of a registry, is bounded. */
const maxChosen = 64

/**
 * Name of the line that gives way to one more that a client chose, the first of `lines`; undefined where there is room.
 * @throws CoatcheckError `token_unavailable` where all of them are being asked for
 */
export function lineThatGivesWay(lines: Iterable<TokenLine>, secretId: string, host: string): string | undefined {
  const chosen = [...lines].filter((line) => line.asker !== undefined && line.secretId === secretId)
  if (chosen.length < maxChosen) return undefined
  const idle = chosen.find(({ asking }) => asking === undefined)
  if (idle === undefined) throw tokenUnavailable(host, 'too much is asked for at one time')
  return idle.name
}

import { ResponseScrub } from '../scrubbing/response-scrub.ts'
import { ToolListScrub } from '../scrubbing/tool-list-scrub.ts'
import type { ReplyRules } from './exchange.ts'

/** What goes through a response as its rules say; undefined where there are none. */
export function replyScrub(rules: ReplyRules | undefined): ResponseScrub | undefined {
  if (rules === undefined) return undefined
  const { meter, scrubber, tools, uninspected } = rules
  if (tools === undefined) return new ResponseScrub(scrubber, uninspected, meter)
  return new ToolListScrub(tools, scrubber, uninspected, meter)
}

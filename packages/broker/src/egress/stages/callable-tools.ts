import type { Exchange } from '../exchange.ts'
import { listsOf, requestOf } from './decide-rules.ts'

/**
 * Which tools of an MCP server may be called under the lists that apply; undefined where the request does not ask for a list of tools, or
 * where no rule knows tools.
 */
export function callableTools(exchange: Exchange): ((tool: string) => boolean) | undefined {
  const { rules } = exchange.routes
  if (rules === undefined || !asksForTools(exchange)) return undefined
  const { all } = listsOf(exchange, rules)
  if (!all.some(({ set }) => set.knowsTools)) return undefined
  const request = { ...requestOf(exchange, 'awaited'), bytes: 'awaited' } as const
  return (tool) => all.every(({ set }) => set.mayCall(request, tool))
}

function asksForTools({ ruleBody }: Exchange): boolean {
  if (typeof ruleBody !== 'object' || typeof ruleBody.known !== 'object' || !('value' in ruleBody.known)) return false
  const { value } = ruleBody.known
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value]
  return messages.some(
    (message) =>
      typeof message === 'object' && message !== null && 'method' in message && message.method === 'tools/list',
  )
}

/** JSON paths of token counts. */
export interface TokenCounts {
  readonly input: string
  readonly output?: string
  readonly cacheRead?: string
  readonly cacheWrite?: string
  readonly reasoning?: string
}

/** Where one API of a provider reports tokens. */
export interface TokenReport {
  /** Path of the endpoints, with `*` and `**`. */
  readonly path: string
  readonly counts: TokenCounts
  /** Whether `input` has the cached tokens in it. */
  readonly inputIncludesCache: boolean
  /** Whether `output` has the reasoning tokens in it. */
  readonly outputIncludesReasoning: boolean
  /** How a streamed response reports; null where such an API does not stream. */
  readonly stream: TokenStream | null
}

/** Token counts in a stream of server-sent events. */
export interface TokenStream {
  /** Events that hold counts, by their type; null for streams whose events have none. */
  readonly events: readonly string[] | null
  /** JSON member that the request must set for counts to appear at all. */
  readonly optIn?: string
}

/** How a response tells what it cost. `none`: it does not. */
export type Usage =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'tokens'
      /** JSON path of the model's name. */
      readonly model: string
      readonly reports: readonly TokenReport[]
      /** JSON path of the price in US dollars, where the response has it. */
      readonly cost?: string
    }
  /** The response has its price in US dollars at this JSON path. */
  | { readonly kind: 'cost'; readonly cost: string }

/** The report of an API in the form of OpenAI's chat completions, at the paths where the provider has it. */
export function chatCompletionsReport(path: string, outputIncludesReasoning = true): TokenReport {
  return {
    path,
    counts: {
      input: '$.usage.prompt_tokens',
      output: '$.usage.completion_tokens',
      cacheRead: '$.usage.prompt_tokens_details.cached_tokens',
      reasoning: '$.usage.completion_tokens_details.reasoning_tokens',
    },
    inputIncludesCache: true,
    outputIncludesReasoning,
    stream: { events: null, optIn: 'stream_options.include_usage' },
  }
}

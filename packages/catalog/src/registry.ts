import type { Provider } from './provider.ts'
import { anthropic } from './providers/anthropic.ts'
import { github } from './providers/github.ts'
import { openai } from './providers/openai.ts'
import { stripe } from './providers/stripe.ts'

/** Every known service, sorted by id. */
export const providers: readonly Provider[] = [anthropic, github, openai, stripe]

import type { Provider } from './provider.ts'
import { airtable } from './providers/airtable.ts'
import { anthropic } from './providers/anthropic.ts'
import { apify } from './providers/apify.ts'
import { asana } from './providers/asana.ts'
import { assemblyai } from './providers/assemblyai.ts'
import { aws } from './providers/aws.ts'
import { bitbucket } from './providers/bitbucket.ts'
import { braveSearch } from './providers/brave-search.ts'
import { cerebras } from './providers/cerebras.ts'
import { circleci } from './providers/circleci.ts'
import { clickup } from './providers/clickup.ts'
import { cloudflare } from './providers/cloudflare.ts'
import { cohere } from './providers/cohere.ts'
import { datadog } from './providers/datadog.ts'
import { deepgram } from './providers/deepgram.ts'
import { deepseek } from './providers/deepseek.ts'
import { digitalocean } from './providers/digitalocean.ts'
import { discord } from './providers/discord.ts'
import { elevenlabs } from './providers/elevenlabs.ts'
import { exa } from './providers/exa.ts'
import { figma } from './providers/figma.ts'
import { firecrawl } from './providers/firecrawl.ts'
import { fireworks } from './providers/fireworks.ts'
import { gemini } from './providers/gemini.ts'
import { github } from './providers/github.ts'
import { gitlab } from './providers/gitlab.ts'
import { groq } from './providers/groq.ts'
import { hubspot } from './providers/hubspot.ts'
import { huggingface } from './providers/huggingface.ts'
import { jina } from './providers/jina.ts'
import { jira } from './providers/jira.ts'
import { langfuse } from './providers/langfuse.ts'
import { langsmith } from './providers/langsmith.ts'
import { linear } from './providers/linear.ts'
import { mailgun } from './providers/mailgun.ts'
import { mistral } from './providers/mistral.ts'
import { moonshot } from './providers/moonshot.ts'
import { neon } from './providers/neon.ts'
import { netlify } from './providers/netlify.ts'
import { notion } from './providers/notion.ts'
import { npm } from './providers/npm.ts'
import { nvidia } from './providers/nvidia.ts'
import { openai } from './providers/openai.ts'
import { openrouter } from './providers/openrouter.ts'
import { perplexity } from './providers/perplexity.ts'
import { pinecone } from './providers/pinecone.ts'
import { postmark } from './providers/postmark.ts'
import { pypi } from './providers/pypi.ts'
import { render } from './providers/render.ts'
import { replicate } from './providers/replicate.ts'
import { resend } from './providers/resend.ts'
import { sendgrid } from './providers/sendgrid.ts'
import { sentry } from './providers/sentry.ts'
import { serpapi } from './providers/serpapi.ts'
import { serper } from './providers/serper.ts'
import { slack } from './providers/slack.ts'
import { stripe } from './providers/stripe.ts'
import { supabase } from './providers/supabase.ts'
import { tavily } from './providers/tavily.ts'
import { telegram } from './providers/telegram.ts'
import { together } from './providers/together.ts'
import { twilio } from './providers/twilio.ts'
import { vercel } from './providers/vercel.ts'
import { vercelAiGateway } from './providers/vercel-ai-gateway.ts'
import { voyage } from './providers/voyage.ts'
import { xai } from './providers/xai.ts'
import { zendesk } from './providers/zendesk.ts'

/** Every known service, sorted by id. */
export const providers: readonly Provider[] = [
  airtable,
  anthropic,
  apify,
  asana,
  assemblyai,
  aws,
  bitbucket,
  braveSearch,
  cerebras,
  circleci,
  clickup,
  cloudflare,
  cohere,
  datadog,
  deepgram,
  deepseek,
  digitalocean,
  discord,
  elevenlabs,
  exa,
  figma,
  firecrawl,
  fireworks,
  gemini,
  github,
  gitlab,
  groq,
  hubspot,
  huggingface,
  jina,
  jira,
  langfuse,
  langsmith,
  linear,
  mailgun,
  mistral,
  moonshot,
  neon,
  netlify,
  notion,
  npm,
  nvidia,
  openai,
  openrouter,
  perplexity,
  pinecone,
  postmark,
  pypi,
  render,
  replicate,
  resend,
  sendgrid,
  sentry,
  serpapi,
  serper,
  slack,
  stripe,
  supabase,
  tavily,
  telegram,
  together,
  twilio,
  vercel,
  vercelAiGateway,
  voyage,
  xai,
  zendesk,
]

import type { Provider } from './provider.ts'
import { airtable } from './providers/airtable.ts'
import { anthropic } from './providers/anthropic.ts'
import { apify } from './providers/apify.ts'
import { asana } from './providers/asana.ts'
import { assemblyai } from './providers/assemblyai.ts'
import { aws } from './providers/aws.ts'
import { awsBedrock } from './providers/aws-bedrock.ts'
import { azureOpenai } from './providers/azure-openai.ts'
import { bitbucket } from './providers/bitbucket.ts'
import { box } from './providers/box.ts'
import { braveSearch } from './providers/brave-search.ts'
import { browserbase } from './providers/browserbase.ts'
import { buildkite } from './providers/buildkite.ts'
import { cerebras } from './providers/cerebras.ts'
import { circleci } from './providers/circleci.ts'
import { clickup } from './providers/clickup.ts'
import { cloudflare } from './providers/cloudflare.ts'
import { cohere } from './providers/cohere.ts'
import { cursor } from './providers/cursor.ts'
import { databricks } from './providers/databricks.ts'
import { datadog } from './providers/datadog.ts'
import { deepgram } from './providers/deepgram.ts'
import { deepinfra } from './providers/deepinfra.ts'
import { deepseek } from './providers/deepseek.ts'
import { digitalocean } from './providers/digitalocean.ts'
import { discord } from './providers/discord.ts'
import { dockerhub } from './providers/dockerhub.ts'
import { dropbox } from './providers/dropbox.ts'
import { e2b } from './providers/e2b.ts'
import { elevenlabs } from './providers/elevenlabs.ts'
import { exa } from './providers/exa.ts'
import { fal } from './providers/fal.ts'
import { figma } from './providers/figma.ts'
import { firecrawl } from './providers/firecrawl.ts'
import { fireworks } from './providers/fireworks.ts'
import { fly } from './providers/fly.ts'
import { gemini } from './providers/gemini.ts'
import { github } from './providers/github.ts'
import { githubCopilot } from './providers/github-copilot.ts'
import { gitlab } from './providers/gitlab.ts'
import { googleWorkspace } from './providers/google-workspace.ts'
import { grafana } from './providers/grafana.ts'
import { groq } from './providers/groq.ts'
import { heroku } from './providers/heroku.ts'
import { honeycomb } from './providers/honeycomb.ts'
import { hubspot } from './providers/hubspot.ts'
import { huggingface } from './providers/huggingface.ts'
import { intercom } from './providers/intercom.ts'
import { jina } from './providers/jina.ts'
import { jira } from './providers/jira.ts'
import { langfuse } from './providers/langfuse.ts'
import { langsmith } from './providers/langsmith.ts'
import { linear } from './providers/linear.ts'
import { mailgun } from './providers/mailgun.ts'
import { microsoftGraph } from './providers/microsoft-graph.ts'
import { minimax } from './providers/minimax.ts'
import { mistral } from './providers/mistral.ts'
import { monday } from './providers/monday.ts'
import { moonshot } from './providers/moonshot.ts'
import { nebius } from './providers/nebius.ts'
import { neon } from './providers/neon.ts'
import { netlify } from './providers/netlify.ts'
import { newRelic } from './providers/new-relic.ts'
import { notion } from './providers/notion.ts'
import { npm } from './providers/npm.ts'
import { nvidia } from './providers/nvidia.ts'
import { openai } from './providers/openai.ts'
import { openrouter } from './providers/openrouter.ts'
import { pagerduty } from './providers/pagerduty.ts'
import { perplexity } from './providers/perplexity.ts'
import { pinecone } from './providers/pinecone.ts'
import { planetscale } from './providers/planetscale.ts'
import { posthog } from './providers/posthog.ts'
import { postmark } from './providers/postmark.ts'
import { pypi } from './providers/pypi.ts'
import { qdrant } from './providers/qdrant.ts'
import { railway } from './providers/railway.ts'
import { render } from './providers/render.ts'
import { replicate } from './providers/replicate.ts'
import { resend } from './providers/resend.ts'
import { runpod } from './providers/runpod.ts'
import { sendgrid } from './providers/sendgrid.ts'
import { sentry } from './providers/sentry.ts'
import { serpapi } from './providers/serpapi.ts'
import { serper } from './providers/serper.ts'
import { shopify } from './providers/shopify.ts'
import { slack } from './providers/slack.ts'
import { snowflake } from './providers/snowflake.ts'
import { stability } from './providers/stability.ts'
import { stripe } from './providers/stripe.ts'
import { supabase } from './providers/supabase.ts'
import { tailscale } from './providers/tailscale.ts'
import { tavily } from './providers/tavily.ts'
import { telegram } from './providers/telegram.ts'
import { terraformCloud } from './providers/terraform-cloud.ts'
import { todoist } from './providers/todoist.ts'
import { together } from './providers/together.ts'
import { trello } from './providers/trello.ts'
import { twilio } from './providers/twilio.ts'
import { upstash } from './providers/upstash.ts'
import { vercel } from './providers/vercel.ts'
import { vercelAiGateway } from './providers/vercel-ai-gateway.ts'
import { voyage } from './providers/voyage.ts'
import { wandb } from './providers/wandb.ts'
import { weaviate } from './providers/weaviate.ts'
import { x } from './providers/x.ts'
import { xai } from './providers/xai.ts'
import { zai } from './providers/zai.ts'
import { zendesk } from './providers/zendesk.ts'

/** Every known service, sorted by id. */
export const providers: readonly Provider[] = [
  airtable,
  anthropic,
  apify,
  asana,
  assemblyai,
  aws,
  awsBedrock,
  azureOpenai,
  bitbucket,
  box,
  braveSearch,
  browserbase,
  buildkite,
  cerebras,
  circleci,
  clickup,
  cloudflare,
  cohere,
  cursor,
  databricks,
  datadog,
  deepgram,
  deepinfra,
  deepseek,
  digitalocean,
  discord,
  dockerhub,
  dropbox,
  e2b,
  elevenlabs,
  exa,
  fal,
  figma,
  firecrawl,
  fireworks,
  fly,
  gemini,
  github,
  githubCopilot,
  gitlab,
  googleWorkspace,
  grafana,
  groq,
  heroku,
  honeycomb,
  hubspot,
  huggingface,
  intercom,
  jina,
  jira,
  langfuse,
  langsmith,
  linear,
  mailgun,
  microsoftGraph,
  minimax,
  mistral,
  monday,
  moonshot,
  nebius,
  neon,
  netlify,
  newRelic,
  notion,
  npm,
  nvidia,
  openai,
  openrouter,
  pagerduty,
  perplexity,
  pinecone,
  planetscale,
  posthog,
  postmark,
  pypi,
  qdrant,
  railway,
  render,
  replicate,
  resend,
  runpod,
  sendgrid,
  sentry,
  serpapi,
  serper,
  shopify,
  slack,
  snowflake,
  stability,
  stripe,
  supabase,
  tailscale,
  tavily,
  telegram,
  terraformCloud,
  todoist,
  together,
  trello,
  twilio,
  upstash,
  vercel,
  vercelAiGateway,
  voyage,
  wandb,
  weaviate,
  x,
  xai,
  zai,
  zendesk,
]

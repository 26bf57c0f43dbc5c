import { getDomain, getPublicSuffix } from 'tldts'

/**
 * Suffixes below which every customer of a service gets a host of their own, and that the public-suffix list lacks.
 * One customer's wildcard would cover all others, at whatever depth.
 */
const tenantSuffixes: readonly string[] = [
  'algolia.net',
  'algolianet.com',
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazoncognito.com',
  'anyscaleuserdata.com',
  'app.github.dev',
  'atlassian.net',
  'auth0.com',
  'azure.com',
  'azure.net',
  'azurecontainerapps.io',
  'azurecr.io',
  'azuredatabricks.net',
  'azureml.ms',
  'azmk8s.io',
  'backblazeb2.com',
  'beeceptor.com',
  'clickhouse.cloud',
  'cloud.databricks.com',
  'cloud.es.io',
  'cloud.looker.com',
  'cloud.qdrant.io',
  'cloudflarestorage.com',
  'cloudhub.io',
  'cloudworkstations.dev',
  'databricksapps.com',
  'dynamics.com',
  'e2b.dev',
  'elastic-cloud.com',
  'endpoints.huggingface.cloud',
  'firebaseio.com',
  'force.com',
  'found.io',
  'freshdesk.com',
  'freshservice.com',
  'gcp.databricks.com',
  'ghost.io',
  'github.dev',
  'gitpod.io',
  'glitch.me',
  'googleusercontent.com',
  'gorgias.com',
  'gradio.live',
  'grafana.net',
  'jfrog.io',
  'kintone.com',
  'loca.lt',
  'looker.app',
  'meilisearch.io',
  'mendixcloud.com',
  'mktorest.com',
  'modal.host',
  'modal.run',
  'mongodb.net',
  'mybigcommerce.com',
  'myjetbrains.com',
  'neon.tech',
  'okta.com',
  'oktapreview.com',
  'on.aws',
  'ondemand.com',
  'onmicrosoft.com',
  'oraclecloud.com',
  'pinecone.io',
  'pipedream.net',
  'pkg.dev',
  'redis-cloud.com',
  'redislabs.com',
  'retool.com',
  'runpod.net',
  'salesforce.com',
  'service-now.com',
  'sharepoint.com',
  'site.com',
  'snowflakecomputing.cn',
  'snowflakecomputing.com',
  'splunkcloud.com',
  'squarespace.com',
  'statuspage.io',
  'substack.com',
  'teamcity.com',
  'turso.io',
  'typesense.net',
  'upstash.io',
  'wasabisys.com',
  'weaviate.cloud',
  'weaviate.network',
  'webcontainer.io',
  'webhook.site',
  'weebly.com',
  'windows.net',
  'wordpress.com',
  'wpengine.com',
  'xata.sh',
  'youtrack.cloud',
  'zendesk.com',
  'zohocreator.com',
]

/**
 * Why hosts below this suffix may belong to other people: nobody registers it as a whole (public suffixes of the registries
 * and of services, names of one label), or a service gives its tenants hosts at, above or below it. Undefined when one owner
 * holds all of it.
 */
export function sharedSuffixReason(suffix: string): string | undefined {
  if (getDomain(suffix, { allowPrivateDomains: true }) === null) {
    return `${getPublicSuffix(suffix, { allowPrivateDomains: true }) ?? suffix} is a public suffix`
  }
  // SECURITY: `*.windows.net` is as broad as `*.blob.core.windows.net`, so ancestors count too.
  const tenant = tenantSuffixes.find((shared) => isAtOrBelow(suffix, shared) || isAtOrBelow(shared, suffix))
  return tenant && `hosts below ${tenant} belong to different tenants`
}

function isAtOrBelow(host: string, suffix: string): boolean {
  return host === suffix || host.endsWith(`.${suffix}`)
}

import type { Provider } from '../provider.ts'

/** Snowflake: Bearer on the REST API. Each account has a host of its own. Drivers that log in with a secret in the body are not covered. */
export const snowflake: Provider = {
  id: 'snowflake',
  name: 'Snowflake',
  category: 'database',
  variables: ['SNOWFLAKE_PAT', 'SNOWFLAKE_TOKEN'],
  companionVariables: ['SNOWFLAKE_ACCOUNT', 'SNOWFLAKE_USER'],
  baseUrlVariables: [{ name: 'SNOWFLAKE_HOST', safeToRedirect: false, path: '' }],
  hosts: [
    { host: '*.snowflakecomputing.com', injectors: [{ kind: 'bearer' }], perTenant: true },
    { host: '*.snowflakecomputing.cn', injectors: [{ kind: 'bearer' }], perTenant: true },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/api/v2/statements', class: 'destructive', why: 'runs any statement' },
    { method: 'POST', path: '/queries/v1/query-request', class: 'destructive', why: 'runs any statement' },
    { method: 'DELETE', path: '/api/v2/databases/*', class: 'destructive', why: 'deletes a database' },
  ],
  usage: null,
  probe: null,
  documentation: 'https://docs.snowflake.com/en/developer-guide/snowflake-rest-api/authentication',
  sources: ['snowflakedb/snowflake-connector-nodejs', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}

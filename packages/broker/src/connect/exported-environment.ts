import { caVariables, gitVariables, mysqlSettingsVariables } from '@coatcheck/launchers'
import type { ConnectPlan } from './connect-plan.ts'

/** Where the files of a recipe stand inside the sandbox. */
export const sandboxFolder = '/coatcheck'

/** Names under which clients look for a proxy; some read only the one or the other case. */
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']

const ownLoopback = ['localhost', '127.0.0.1', '::1']

/** The variables of a registered sandbox whose files stand in `folder`. */
export function exportedEnvironment(plan: ConnectPlan, folder = sandboxFolder): Readonly<Record<string, string>> {
  // SECURITY: the sandbox's own loopback and the broker; any other name in here would go past the broker.
  const noProxy = [...ownLoopback, ...plan.direct].join(',')
  return {
    ...mysqlSettingsVariables(plan.placeholders, folder),
    ...plan.placeholders,
    ...plan.baseUrls,
    COATCHECK_DOOR: `${plan.gatewayUrl}/-`,
    ...Object.fromEntries(proxyNames.map((name) => [name, plan.proxyUrl])),
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    ...caVariables({ bundle: `${folder}/ca-bundle.pem`, authority: `${folder}/ca.pem` }),
    ...gitVariables,
    // Node reads the proxy variables only when told to, and clients with agents of their own only through the preload.
    NODE_USE_ENV_PROXY: '1',
    // In quotes, for a folder whose name has spaces.
    NODE_OPTIONS: `--require "${folder}/node-preload.cjs"`,
    WGETRC: `${folder}/wgetrc`,
    // Before the colon stand the folders that PHP was built with.
    PHP_INI_SCAN_DIR: `:${folder}`,
    // Java takes no login for a proxy from outside, and refuses to use a program's own for tunnels unless it is told.
    JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore='${folder}/java-trust-store' -Djdk.http.auth.tunneling.disabledSchemes=`,
  }
}

import type { ClientCase } from './client-case.ts'

/** Where the gateway is for a process that has what is exported for a registered sandbox. */
export const gatewayOutside = `\${COATCHECK_DOOR%/-}`

/** Where it is in a sandbox that was launched. */
export const gatewayInside = 'http://coatcheck.internal/proxy'

/** The client, given the base URL of its service at a gateway by its program. @throws Error where it takes none */
export function byGateway(client: ClientCase, gateway: string): ClientCase {
  const { gatewayName, script } = client
  if (gatewayName === undefined) throw new Error(`${client.name} takes no base URL`)
  return { ...client, script: (paths) => `export BASE_URL="${gateway}/${gatewayName}"\n${script(paths)}` }
}

/** Whether such a client is given a variable: the key, and where the gateway is. No proxy, no certificate. */
export function isForGateway(name: string): boolean {
  return name === 'COATCHECK_DOOR' || /_(KEY|TOKEN)$/.test(name)
}

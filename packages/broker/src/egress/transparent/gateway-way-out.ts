import { CoatcheckError } from '@coatcheck/contract'
import type { Gateway, GatewaySpec, HostIdentity } from '@coatcheck/launchers'
import { createSandboxAuthority } from '../../certificates/sandbox-authority.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { OpenedWay, WayOut } from '../../sandbox/way-out.ts'
import type { PipelineServices } from '../pipeline.ts'
import { startDnsSinkhole } from './dns-sinkhole.ts'
import { NameTable } from './name-table.ts'
import { SandboxEgress } from './sandbox-egress.ts'

/** Ports that every gateway listens on, whatever the rules say, so that a refusal can be given and recorded. */
const usualPorts = [80, 443]

/** Opens a gateway namespace for each sandbox that runs on this host, and an authority for every sandbox. */
export class GatewayWayOut implements WayOut {
  readonly #services: PipelineServices
  readonly #openGateway: (spec: GatewaySpec) => Promise<Gateway>
  readonly #open = new Map<string, SandboxEgress>()

  constructor(services: PipelineServices, openGateway: (spec: GatewaySpec) => Promise<Gateway>) {
    this.#services = services
    this.#openGateway = openGateway
  }

  async open(sandbox: Sandbox, launch: { readonly runAs?: HostIdentity } | undefined): Promise<OpenedWay> {
    const { clock, routes } = this.#services
    const lifetimeMs = new Date(sandbox.expiresAt).getTime() - clock.now().getTime()
    const authority = await createSandboxAuthority({ name: sandbox.name, clock, lifetimeMs })
    if (launch === undefined) return { ca: authority.certificate, closed: new Promise(() => {}) }

    const ports = [...new Set([...usualPorts, ...routes.routesOf(sandbox.id).policy.ports()])]
    const gateway = await this.#openGateway({ ports, ...launch })
    if (gateway.listeners.size !== ports.length) {
      await gateway.close()
      throw new CoatcheckError('launch_impossible', { reason: 'a port of the gateway is taken' })
    }
    const names = new NameTable(gateway.syntheticNetwork)
    startDnsSinkhole(gateway, {
      names,
      isAllowed: (host) => routes.routesOf(sandbox.id).policy.knowsName(host),
      onRefused: (host) => this.#recordName(sandbox, host),
    })
    const egress = new SandboxEgress({ sandbox, gateway, authority, names }, this.#services)
    this.#open.set(sandbox.id, egress)
    const { pid, resolverAddress, closed } = gateway
    return { ca: authority.certificate, gateway: { pid, resolverAddress }, closed }
  }

  async close(sandboxId: string): Promise<void> {
    const egress = this.#open.get(sandboxId)
    this.#open.delete(sandboxId)
    this.#services.routes.forget(sandboxId)
    await egress?.close()
  }

  endGrants(grantIds: readonly string[]): void {
    for (const egress of this.#open.values()) egress.endGrants(grantIds)
  }

  endInjected(): void {
    for (const egress of this.#open.values()) egress.endInjected()
  }

  #recordName(sandbox: Sandbox, host: string): void {
    const { id: sandboxId, project } = sandbox
    const event = { id: newIdentifier('con'), kind: 'name.refused', project, sandbox: sandboxId, host } as const
    // The name stays refused when the journal is failing.
    this.#services.audit.append({ ...event, code: 'destination_denied' }).catch(() => {})
  }
}

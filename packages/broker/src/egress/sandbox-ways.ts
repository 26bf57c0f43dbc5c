import { CoatcheckError } from '@coatcheck/contract'
import type { Gateway, GatewaySpec, HostIdentity } from '@coatcheck/launchers'
import type { CertificateAuthority, CertificateLeaf } from '../certificates/certificate-authority.ts'
import {
  type AuthorityMaterial,
  createAuthorityMaterial,
  openSandboxAuthority,
} from '../certificates/sandbox-authority.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { ConnectionDoor } from '../sandbox/connection-door.ts'
import { authorityContext, type Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import { isVirtualKey } from '../sandbox/virtual-key.ts'
import type { GrantEnd, OpenedWay, WayOut, WayUrls } from '../sandbox/way-out.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import { internalHost } from './agent-door.ts'
import { doorUrls, type ReachedDoor } from './door-urls.ts'
import type { PipelineServices } from './pipeline.ts'
import { type InternalServer, SandboxEgress } from './sandbox-egress.ts'
import { attachGateway } from './transparent/attach-gateway.ts'

/** What ways out are opened with. */
export interface SandboxWaysParts {
  readonly services: PipelineServices
  readonly internal: InternalServer
  readonly keyRing: KeyRing
  readonly store: SandboxStore
  readonly openGateway: (spec: GatewaySpec) => Promise<Gateway>
  /** Where connections go that speak no HTTP; they are refused when it is absent. */
  readonly connections?: ConnectionDoor
  /** Roots that the operator trusts for every service, PEM: a client in an opaque tunnel verifies services itself. */
  readonly extraRoots?: string
}

interface Way {
  readonly authority: Promise<CertificateAuthority>
  readonly egress: Promise<SandboxEgress>
  gateway?: Gateway
}

/** That of a virtual key. */
const noAuthority: Pick<CertificateAuthority, 'contextFor'> = {
  contextFor: () => Promise.reject(new CoatcheckError('destination_denied')),
}

/** Ports that every gateway listens on, whatever the rules say, so that a refusal can be given and recorded. */
const usualPorts = [80, 443]

/** A sandbox may be renewed; its authority, which nobody can exchange inside, lives on for this long. */
const renewalMs = 30 * 24 * 60 * 60 * 1000

/**
 * The ways out of the sandboxes of this process: a gateway namespace for each that runs on this host, an authority for
 * every one. Those that run elsewhere outlive the process, and get theirs back when they call again.
 */
export class SandboxWays implements WayOut {
  readonly #parts: SandboxWaysParts
  readonly #ways = new Map<string, Way>()
  #door: ReachedDoor | undefined
  #takeIn: ((sandboxId: string) => void) | undefined

  constructor(parts: SandboxWaysParts) {
    this.#parts = parts
  }

  /** Says how sandboxes elsewhere call the broker. */
  reachedAt(door: ReachedDoor): void {
    this.#door = door
  }

  async open(sandbox: Sandbox, launch: { readonly runAs?: HostIdentity } | undefined): Promise<OpenedWay> {
    const material = await createAuthorityMaterial(this.#authorityOptions(sandbox))
    const kept = launch === undefined ? this.#keep(sandbox, material) : sandbox
    const way = this.#add(kept, material)
    const egress = await way.egress
    if (launch === undefined) return { ca: await this.#trusted(way), closed: new Promise(() => {}) }
    const gateway = await this.#openGateway(sandbox, launch)
    way.gateway = gateway
    const { connections } = this.#parts
    const { clock, faults, routes } = this.#parts.services
    attachGateway(gateway, egress, {
      clock,
      connectionPorts: connections?.portsOf(sandbox.id) ?? [],
      accept: (tcp, host, port) => {
        const leaf = async () => (await way.authority).leafFor(host)
        return connections?.accept(sandbox, { tcp, host, port, leaf }) === true
      },
      isAllowed(host) {
        try {
          if (connections?.knowsName(sandbox.id, host) === true) return true
          return routes.routesOf(sandbox.id).policy.knowsName(host)
        } catch (error) {
          // The resolver says no to whatever throws; what is unexpected is counted beside that.
          faults.refusalOf(sandbox.id, error)
          throw error
        }
      },
      onRefused: (host) => this.#recordName(sandbox, host),
    })
    const { pid, resolverAddress, closed } = gateway
    return {
      ca: await this.#trusted(way),
      gateway: { pid, resolverAddress, ports: [...gateway.listeners.keys()] },
      closed,
    }
  }

  urls(sandbox: Sandbox, token: string | null): WayUrls {
    const isLaunched = sandbox.fence !== 'none'
    const door = isLaunched && sandbox.from.length === 0 ? undefined : this.#door
    return {
      ...(door && doorUrls(door, sandbox, token)),
      ...(isLaunched ? { gatewayUrl: `http://${internalHost}/proxy` } : {}),
    }
  }

  async #trusted({ authority }: Way): Promise<string> {
    return (await authority).certificate + (this.#parts.extraRoots ?? '')
  }

  async caOf(sandbox: Sandbox): Promise<string> {
    return this.#trusted(this.#wayOf(sandbox))
  }

  /**
   * What TLS for a host ends with, for a thread that does it.
   * @throws CoatcheckError as `egressOf` does, and `request_malformed` | `destination_denied`
   */
  async leafFor(sandbox: Sandbox, host: string): Promise<CertificateLeaf> {
    return (await this.#wayOf(sandbox).authority).leafFor(host)
  }

  /**
   * The way out of a sandbox that is alive, opened again where this process does not know it yet.
   * @throws CoatcheckError `sandbox_expired` | `vault_locked` | `row_tampered`
   */
  egressOf(sandbox: Sandbox): Promise<SandboxEgress> {
    return this.#wayOf(sandbox).egress
  }

  #wayOf(sandbox: Sandbox): Way {
    const known = this.#ways.get(sandbox.id)
    if (known !== undefined) return known
    if (isVirtualKey(sandbox)) return this.#addKey(sandbox)
    // SECURITY: a launched sandbox that is not held here was held by another process; its authority died with that.
    if (sandbox.authoritySealed === null) throw new CoatcheckError('sandbox_expired')
    const text = this.#parts.keyRing.openAuthority(sandbox.authoritySealed, authorityContext(sandbox))
    const way = this.#add(sandbox, JSON.parse(text) as AuthorityMaterial)
    this.#takeIn?.(sandbox.id)
    return way
  }

  /** A virtual key speaks with the gateway alone: nothing of it ends TLS under a name that is not the broker's. */
  #addKey(sandbox: Sandbox): Way {
    const { services, internal } = this.#parts
    const authority = Promise.reject(new CoatcheckError('destination_denied'))
    authority.catch(() => {})
    const egress = Promise.resolve(new SandboxEgress({ sandbox, authority: noAuthority, internal }, services))
    const way: Way = { authority, egress }
    this.#ways.set(sandbox.id, way)
    this.#takeIn?.(sandbox.id)
    return way
  }

  async close(sandboxId: string): Promise<void> {
    const way = this.#ways.get(sandboxId)
    this.#ways.delete(sandboxId)
    this.#parts.services.routes.forget(sandboxId)
    this.#parts.connections?.closePorts(sandboxId)
    this.#parts.connections?.endSandbox(sandboxId)
    const egress = await way?.egress
    egress?.endAll()
    await way?.gateway?.close()
  }

  /** Closes what is still open; sandboxes that run elsewhere do not end by it. */
  async closeAll(): Promise<void> {
    for (const id of [...this.#ways.keys()]) await this.close(id)
  }

  onReopened(takeIn: (sandboxId: string) => void): void {
    this.#takeIn = takeIn
  }

  endGrants(grantIds: readonly string[], why: GrantEnd): void {
    this.#parts.connections?.endGrants(grantIds, why)
    this.#forEach((egress) => egress.endGrants(grantIds, why))
  }

  endDenied(sandboxId: string): void {
    this.#parts.connections?.endDenied(sandboxId)
    // One that cannot be opened has nothing to end.
    void this.#ways.get(sandboxId)?.egress.then(
      (egress) => egress.endDenied(),
      () => {},
    )
  }

  endOpen(sandboxId: string): void {
    this.#parts.connections?.endSandbox(sandboxId)
    // One that cannot be opened has nothing to end.
    void this.#ways.get(sandboxId)?.egress.then(
      (egress) => egress.endAll(),
      () => {},
    )
  }

  endInjected(): void {
    this.#parts.connections?.endAll()
    this.#forEach((egress) => egress.endInjected())
  }

  #forEach(act: (egress: SandboxEgress) => void): void {
    // One that cannot be opened has nothing to end.
    for (const { egress } of this.#ways.values()) void egress.then(act, () => {})
  }

  #add(sandbox: Sandbox, material: AuthorityMaterial): Way {
    const { services, internal } = this.#parts
    const opening = openSandboxAuthority(material, services.clock)
    const egress = opening.then((authority) => new SandboxEgress({ sandbox, authority, internal }, services))
    const way: Way = { authority: opening, egress }
    this.#ways.set(sandbox.id, way)
    egress.catch(() => this.#ways.delete(sandbox.id))
    return way
  }

  /** SECURITY: kept encrypted, and bound to the sandbox, so that no other row can borrow it. */
  #keep(sandbox: Sandbox, material: AuthorityMaterial): Sandbox {
    const { keyRing, store } = this.#parts
    const authoritySealed = keyRing.sealAuthority(JSON.stringify(material), authorityContext(sandbox))
    return store.amend(sandbox.id, (present) => ({ sandbox: { ...present, authoritySealed }, grants: [] })).sandbox
  }

  #authorityOptions({ name, caNames, expiresAt, endsBy }: Sandbox) {
    const { clock } = this.#parts.services
    const untilMs = endsBy === null ? new Date(expiresAt).getTime() + renewalMs : new Date(endsBy).getTime()
    const names = caNames === null ? {} : { names: caNames }
    return { name, clock, lifetimeMs: untilMs - clock.now().getTime(), ...names }
  }

  async #openGateway(sandbox: Sandbox, launch: { readonly runAs?: HostIdentity }): Promise<Gateway> {
    const { policy } = this.#parts.services.routes.routesOf(sandbox.id)
    const connected = this.#parts.connections?.portsOf(sandbox.id) ?? []
    const ports = [...new Set([...usualPorts, ...policy.ports(), ...connected])]
    const gateway = await this.#parts.openGateway({ ports, ...launch })
    if (gateway.listeners.size === ports.length) return gateway
    await gateway.close()
    throw new CoatcheckError('launch_impossible', { reason: 'a port of the gateway is taken' })
  }

  #recordName({ id: sandboxId, project }: Sandbox, host: string): void {
    const event = { id: newIdentifier('con'), kind: 'name.refused', project, sandbox: sandboxId, host } as const
    // The name stays refused when the journal is failing.
    this.#parts.services.audit.append({ ...event, code: 'destination_denied' }).catch(() => {})
  }
}

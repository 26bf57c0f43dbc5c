import {
  type AttachedGrant,
  CoatcheckError,
  type GrantAttach,
  type GrantView,
  type ListedGrant,
} from '@coatcheck/contract'
import { ownProcessMark } from '../foundation/process-mark.ts'
import { isKeyId } from '../foundation/virtual-key-text.ts'
import { demandNames } from './authority-names.ts'
import { demandAlive, demandFound } from './demand-alive.ts'
import { demandPorts } from './demand-ports.ts'
import type { Grant } from './grant.ts'
import type { GrantSelection, GrantService } from './grant-service.ts'
import { grantVariables } from './grant-variables.ts'
import { type GrantSources, type GrantWish, type IssuedGrant, inEnvironment, issueGrant } from './issue-grants.ts'
import type { LifecycleRecords } from './lifecycle-records.ts'
import type { LiveSandboxes } from './live-sandboxes.ts'
import type { Sandbox } from './sandbox.ts'
import { after } from './sandbox-lifetime.ts'
import type { SandboxStore } from './sandbox-store.ts'
import { viewGrant } from './view-sandbox.ts'
import type { WayOut } from './way-out.ts'

/** What the service works with. */
export interface GrantServiceParts extends GrantSources {
  readonly live: LiveSandboxes
  readonly records: LifecycleRecords
  readonly store: SandboxStore
  readonly wayOut: WayOut
}

/** The grants of sandboxes while they live. */
export class LocalGrantService implements GrantService {
  readonly #parts: GrantServiceParts

  constructor(parts: GrantServiceParts) {
    this.#parts = parts
  }

  async attach(project: string, sandboxId: string, env: string, input: GrantAttach): Promise<AttachedGrant> {
    const { live, records, store, wayOut, clock } = this.#parts
    const sandbox = demandAlive(demandFound(store.find(sandboxId), project), clock.now())
    const issued = await this.#withPort(sandbox, this.#issue(sandbox, env, input))
    try {
      // SECURITY: recorded before it is good for anything.
      await records.grantCreated(issued.grant)
      this.#parts.caps?.set({ project, on: 'grant', owner: issued.grant.id }, input.caps ?? [])
      const { grants } = store.amend(sandboxId, (current, living) => {
        demandAlive(current, clock.now())
        const replaced = living.filter((grant) => grant.env === env)
        // Who starts later asks whether the process still runs that has the value.
        const holder = issued.grant.ephemeral ? ownProcessMark() : current.holder
        return {
          sandbox: { ...current, holder },
          grants: [...replaced.map((grant) => this.#over(grant)), issued.grant],
        }
      })
      live.setGrant(issued.grant)
      // What went through a tunnel until now is looked into from now on.
      wayOut.endDenied(sandboxId)
      await this.#close(
        grants.filter(({ endedAt }) => endedAt !== null),
        'another one took its variable',
      )
      const { placeholder } = issued
      const variables = grantVariables(sandbox, [inEnvironment(issued)], this.#parts.connections)
      return { grant: viewGrant(issued.grant, this.#parts), placeholder, env: variables }
    } catch (error) {
      if (store.findGrant(issued.grant.id) === undefined) {
        this.#dropValues([issued.grant])
        wayOut.endGrants([issued.grant.id], 'grant_ended')
      }
      throw error
    }
  }

  async detach(project: string, sandboxId: string, env: string, reason: string): Promise<void> {
    demandFound(this.#parts.store.find(sandboxId), project)
    await this.#end(sandboxId, (grant) => grant.env === env, reason)
  }

  get(project: string, grantId: string): GrantView {
    return viewGrant(this.#find(project, grantId), this.#parts)
  }

  async end(project: string, grantId: string, reason: string): Promise<void> {
    const grant = this.#find(project, grantId)
    await this.#end(grant.sandboxId, ({ id }) => id === grantId, reason)
  }

  async endGrantsOf(secretId: string, reason: string): Promise<number> {
    const { clock, store } = this.#parts
    const ended = store.endGrantsOf(secretId, clock.now().toISOString())
    await this.#close(ended, reason)
    return ended.length
  }

  /** Ends what is live of a grant whose time is over; its row stays, so that the refusal can say so. */
  async expire(grant: Grant): Promise<void> {
    this.#parts.wayOut.endGrants([grant.id], 'grant_expired')
    await this.#parts.records.grantsEnded([grant], 'expired')
  }

  list(project: string, { secret, sandbox, limit, cursor }: GrantSelection): readonly ListedGrant[] {
    const { clock, store, vault } = this.#parts
    const filter = {
      project,
      ...(secret === undefined ? {} : { secretId: vault.get(project, secret).id }),
      ...(sandbox === undefined ? {} : { sandboxId: sandbox }),
      now: clock.now().toISOString(),
      limit,
      cursor,
    }
    return store.listGrants(filter).map((grant) => ({
      ...viewGrant(grant, this.#parts),
      sandbox: grant.sandboxId,
      createdAt: grant.createdAt,
    }))
  }

  holdersOf(project: string, secretName: string, limit: number, cursor: string | null) {
    const { clock, store, vault } = this.#parts
    const secretId = vault.get(project, secretName).id
    const now = clock.now().toISOString()
    const holders: { readonly sandbox: string; readonly grant: string }[] = []
    for (let last = cursor; holders.length < limit; ) {
      const page = store.listGrants({ project, secretId, now, limit, cursor: last })
      const newest = page.filter(({ sandboxId }) => !isKeyId(sandboxId)).filter((grant) => this.#isNewest(grant, now))
      holders.push(...newest.map((grant) => ({ sandbox: grant.sandboxId, grant: grant.id })))
      if (page.length < limit) break
      last = page.at(-1)!.id
    }
    return holders.slice(0, limit)
  }

  #find(project: string, grantId: string): Grant {
    const grant = this.#parts.store.findGrant(grantId)
    if (grant === undefined || grant.project !== project || grant.endedAt !== null) {
      throw new CoatcheckError('grant_not_found')
    }
    return grant
  }

  /** Whether no younger grant of the same secret lives on the same sandbox. */
  #isNewest({ id, sandboxId, secretId }: Grant, now: string): boolean {
    const living = this.#parts.store
      .grantsOf(sandboxId)
      .filter((grant) => grant.secretId === secretId && grant.endedAt === null)
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    return living.at(-1)?.id === id
  }

  #issue(sandbox: Sandbox, env: string, input: GrantAttach): IssuedGrant {
    const held = this.#parts.live.get(sandbox.id)
    // A value is of use only in the memory of the process that the sandbox's requests come to.
    if (input.value !== undefined && held === undefined) throw new CoatcheckError('sandbox_held_elsewhere')
    const issued = issueGrant(sandbox, env, wishOf(input, this.#parts.clock.now()), this.#parts)
    try {
      const destinations = issued.secret.scopes.map(({ to }) => to)
      demandPorts(sandbox, held, destinations)
      demandNames(sandbox, destinations)
      return issued
    } catch (error) {
      this.#dropValues([issued.grant])
      throw error
    }
  }

  async #withPort(sandbox: Sandbox, issued: IssuedGrant): Promise<IssuedGrant> {
    try {
      const [grant] = (await this.#parts.connections?.openPorts(sandbox, [issued.grant])) ?? []
      return grant === undefined ? issued : { ...issued, grant }
    } catch (error) {
      this.#dropValues([issued.grant])
      throw error
    }
  }

  async #end(sandboxId: string, matches: (grant: Grant) => boolean, reason: string): Promise<void> {
    const { grants } = this.#parts.store.amend(sandboxId, (sandbox, living) => {
      const ending = living.filter(matches)
      if (ending.length === 0) throw new CoatcheckError('grant_not_found')
      return { sandbox, grants: ending.map((grant) => this.#over(grant)) }
    })
    await this.#close(grants, reason)
  }

  /** SECURITY: the rows were first, so no request is let through while what is live ends. */
  async #close(grants: readonly Grant[], reason: string): Promise<void> {
    const { live, records, wayOut } = this.#parts
    for (const grant of grants) live.dropGrant(grant)
    this.#dropValues(grants)
    wayOut.endGrants(
      grants.map(({ id }) => id),
      'grant_ended',
    )
    await records.grantsEnded(grants, reason)
  }

  #dropValues(grants: readonly Grant[]): void {
    this.#parts.ephemeral.drop(grants.filter(({ ephemeral }) => ephemeral).map(({ secretId }) => secretId))
  }

  #over(grant: Grant): Grant {
    return { ...grant, endedAt: this.#parts.clock.now().toISOString() }
  }
}

/** @throws CoatcheckError `request_invalid` */
function wishOf({ secret, value, ttlSeconds, rules }: GrantAttach, now: Date): GrantWish {
  const ownExpiresAt = ttlSeconds === undefined ? null : after(now, ttlSeconds)
  const common = { ownExpiresAt, ...(rules !== undefined && { rules }) }
  if (secret !== undefined && value === undefined) return { secret, ...common }
  if (value !== undefined && secret === undefined) return { value, ...common }
  throw new CoatcheckError('request_invalid', { reason: 'secret, value: exactly one of them is needed' })
}

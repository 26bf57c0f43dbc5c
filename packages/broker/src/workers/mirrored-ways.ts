import type { HostIdentity } from '@coatcheck/launchers'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { GrantEnd, OpenedWay, WayOut, WayUrls } from '../sandbox/way-out.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Ways out that some threads more carry: what ends here ends there too. */
export class MirroredWays implements WayOut {
  readonly #ways: WayOut
  readonly #workers: Pick<WorkerPool, 'order'>

  constructor(ways: WayOut, workers: Pick<WorkerPool, 'order'>) {
    this.#ways = ways
    this.#workers = workers
  }

  open(sandbox: Sandbox, launch: { readonly runAs?: HostIdentity } | undefined): Promise<OpenedWay> {
    return this.#ways.open(sandbox, launch)
  }

  urls(sandbox: Sandbox, token: string | null): WayUrls {
    return this.#ways.urls(sandbox, token)
  }

  caOf(sandbox: Sandbox): Promise<string> {
    return this.#ways.caOf(sandbox)
  }

  onReopened(takeIn: (sandboxId: string) => void): void {
    this.#ways.onReopened(takeIn)
  }

  async close(sandboxId: string): Promise<void> {
    await Promise.all([this.#ways.close(sandboxId), this.#workers.order('close', { sandboxId })])
  }

  endGrants(grantIds: readonly string[], why: GrantEnd): void {
    this.#ways.endGrants(grantIds, why)
    void this.#workers.order('endGrants', { grantIds, why })
  }

  endDenied(sandboxId: string): void {
    this.#ways.endDenied(sandboxId)
    void this.#workers.order('endDenied', { sandboxId })
  }

  endOpen(sandboxId: string): void {
    this.#ways.endOpen(sandboxId)
    void this.#workers.order('endOpen', { sandboxId })
  }

  endInjected(): void {
    this.#ways.endInjected()
    void this.#workers.order('endInjected', null)
  }
}

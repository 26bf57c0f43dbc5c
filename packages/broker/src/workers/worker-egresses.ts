import type { PipelineServices } from '../egress/pipeline.ts'
import { type InternalServer, SandboxEgress } from '../egress/sandbox-egress.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { MainPost } from './main-post.ts'
import { RemoteAuthority } from './remote-authority.ts'

/** The ways out of the sandboxes that came in by this thread. */
export class WorkerEgresses {
  readonly #post: MainPost
  readonly #services: PipelineServices
  readonly #internal: InternalServer
  readonly #open = new Map<string, SandboxEgress>()

  constructor(post: MainPost, services: PipelineServices, internal: InternalServer) {
    this.#post = post
    this.#services = services
    this.#internal = internal
  }

  /** The way out of a sandbox that was admitted, opened when it is not yet. */
  async egressOf(sandbox: Sandbox): Promise<SandboxEgress> {
    const known = this.#open.get(sandbox.id)
    if (known !== undefined) return known
    const authority = new RemoteAuthority(this.#post, sandbox.id, this.#services.clock)
    const egress = new SandboxEgress({ sandbox, authority, internal: this.#internal }, this.#services)
    this.#open.set(sandbox.id, egress)
    return egress
  }

  /** The way out of a sandbox, where it is open. */
  find(sandboxId: string): SandboxEgress | undefined {
    return this.#open.get(sandboxId)
  }

  all(): Iterable<SandboxEgress> {
    return this.#open.values()
  }

  /** Ends what a sandbox has open, and lets go of it. */
  close(sandboxId: string): void {
    this.#open.get(sandboxId)?.endAll()
    this.#open.delete(sandboxId)
    this.#services.routes.forget(sandboxId)
  }
}

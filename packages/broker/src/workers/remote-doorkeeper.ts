import { createHash } from 'node:crypto'
import type { Admission, AdmitOptions, Admitting } from '../egress/forward/doorkeeper.ts'
import type { PresentedIdentity } from '../egress/forward/presented-identity.ts'
import { isOver } from '../egress/stages/identify.ts'
import type { Clock } from '../foundation/clock.ts'
import { RecentMap } from '../foundation/recent-map.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { MainPost } from './main-post.ts'
import type { SharedRevision } from './shared-revision.ts'

/** Admissions that are remembered; the oldest gives way. */
const maxAdmitted = 1_024

/** Has the main thread decide whose a connection is, and remembers whom it admitted until anything changes. */
export class RemoteDoorkeeper implements Admitting {
  readonly #post: MainPost
  readonly #revision: SharedRevision
  readonly #clock: Clock
  /** By a hash of all that was asked. */
  readonly #admitted = new RecentMap<string, { readonly epoch: number; readonly sandbox: Sandbox }>(maxAdmitted)

  constructor(post: MainPost, revision: SharedRevision, clock: Clock) {
    this.#post = post
    this.#revision = revision
    this.#clock = clock
  }

  admit(identity: PresentedIdentity, peer: string, options: AdmitOptions = {}): Admission | Promise<Admission> {
    const question = { identity, peer, options }
    return this.#known(question, () => this.#post.ask('admit', question))
  }

  admitByKey(texts: readonly string[], peer: string): Promise<Admission | undefined> {
    return this.#post.ask('admitByKey', { texts, peer }).then((admission) => admission ?? undefined)
  }

  /** What is known of a question, or else its answer. */
  #known(question: object, ask: () => Promise<Admission>): Admission | Promise<Admission> {
    const key = createHash('sha256').update(JSON.stringify(question)).digest('base64')
    const epoch = this.#revision.current()
    const known = this.#admitted.get(key)
    // SECURITY: the same rows admit the same token, until its time is over.
    if (known?.epoch === epoch && this.#revision.isRecent() && !isOver(known.sandbox, this.#clock)) {
      return { outcome: 'admitted', sandbox: known.sandbox }
    }
    return ask().then((admission) => this.#remember(key, epoch, admission))
  }

  admitVirtualKey(key: string, peer: string): Admission | Promise<Admission> {
    return this.#known({ key, peer }, () => this.#post.ask('admitVirtualKey', { key, peer }))
  }

  #remember(key: string, epoch: number, admission: Admission): Admission {
    this.#admitted.delete(key)
    if (admission.outcome !== 'admitted') return admission
    this.#admitted.set(key, { epoch, sandbox: admission.sandbox })
    return admission
  }
}

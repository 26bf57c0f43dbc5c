import { CoatcheckError } from '@coatcheck/contract'
import type { ApprovalAsker } from '../approvals/approval-asker.ts'
import type { CapDesk } from '../caps/cap-desk.ts'
import type { AgentDoor } from '../egress/agent-door.ts'
import type { CookieJars, ReceivedCookie } from '../egress/cookies/cookie-jars.ts'
import type { DerivedCredentials } from '../egress/derived-credentials.ts'
import type { OwnReply } from '../egress/exchange.ts'
import type { FaultCount } from '../egress/fault-count.ts'
import type { Admission, Doorkeeper } from '../egress/forward/doorkeeper.ts'
import type { Refusal } from '../egress/refusal.ts'
import type { RouteTable } from '../egress/route-table.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { SandboxWays } from '../egress/sandbox-ways.ts'
import { isOver } from '../egress/stages/identify.ts'
import type { PlaceholderLookup } from '../egress/stages/match.ts'
import type { Trials } from '../egress/trials.ts'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import type { Derivation } from '../injection/derivation.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import type { SourceValues } from '../sources/source-values.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { RevealedSecret, Vault } from '../vault/vault.ts'
import { errorFrom } from './fault-report.ts'
import type { AgentQuestion, FaultReport, Questions } from './messages.ts'
import type { Answers } from './post.ts'
import type { RevisionPublisher } from './revision-publisher.ts'
import { grantWithoutSeals, takeSnapshot, withoutSeals } from './sandbox-snapshot.ts'

/** What a desk answers from. */
export interface WorkerDeskParts {
  readonly agentDoor: AgentDoor
  readonly approvals?: ApprovalAsker
  readonly caps?: CapDesk
  readonly clock: HighWaterClock
  readonly cookies: Pick<CookieJars, 'keep'>
  readonly derived: DerivedCredentials
  readonly doorkeeper: Doorkeeper
  readonly ephemeral: Pick<EphemeralSecrets, 'reveal'>
  readonly faults: FaultCount
  readonly lookup: PlaceholderLookup
  readonly publisher: RevisionPublisher
  readonly routes: RouteTable
  readonly sources?: Pick<SourceValues, 'bring' | 'dismiss'>
  readonly store: Pick<SandboxStore, 'find'>
  /** Has all workers keep a cookie. Never rejects. */
  readonly spread: (received: ReceivedCookie) => Promise<void>
  readonly trials: Trials
  readonly vault: Pick<Vault, 'reveal'>
  readonly ways: SandboxWays
}

/** How long the agent door waits until a worker says that an answer is out, in milliseconds. */
const answerMs = 5_000

/** Answers what workers ask the main thread. */
export class WorkerDesk {
  readonly #parts: WorkerDeskParts
  /** Answers of the agent door that are on their way out. */
  readonly #underWay = new Map<number, () => void>()
  #tickets = 0

  constructor(parts: WorkerDeskParts) {
    this.#parts = parts
  }

  /** By kind of question. */
  answers(): Answers<Omit<Questions, 'ready'>> {
    const { doorkeeper, faults, lookup, publisher } = this.#parts
    return {
      look: () => {
        publisher.look()
        return null
      },
      routes: ({ sandboxId }) => this.#routesOf(sandboxId),
      lookup: ({ texts }) =>
        texts.map((text) => {
          const placed = lookup(text)
          return placed === undefined ? null : grantWithoutSeals(placed)
        }),
      value: (question) => this.#valueOf(question),
      cookie: async (received) => {
        const { sandboxId, grantIds } = received.owner
        // SECURITY: what ended meanwhile leaves no session behind.
        for (const id of grantIds) this.#livingGrant(sandboxId, id)
        this.#parts.cookies.keep(received)
        await this.#parts.spread(received)
        return null
      },
      previousValue: async ({ sandboxId, grantId }) => {
        const { grant, scopes } = this.#livingGrant(sandboxId, grantId)
        demandStored(scopes)
        return this.#handOut(await this.#parts.trials.previousOf(grant))
      },
      askApproval: async (question) => (await this.#parts.approvals?.ask(question)) ?? { outcome: 'unreachable' },
      takeApproval: async (asked) => (await this.#parts.approvals?.take(asked)) === true,
      judged: async ({ sandboxId, grantId, version, verdict }) => {
        await this.#parts.trials.judged(this.#livingGrant(sandboxId, grantId).grant, version, verdict)
        return null
      },
      reserve: (ask) => {
        // SECURITY: as of this moment, because the worker may have seen a cap that nobody looked for here yet.
        publisher.look()
        if (this.#parts.caps === undefined) throw new CoatcheckError('internal')
        return this.#parts.caps.reserve(ask)
      },
      settleHold: ({ holdId, actual }) => {
        this.#parts.caps?.settle(holdId, actual)
        return null
      },
      dismiss: ({ sandboxId, grantId, derivation }) => {
        const routed = this.#livingGrant(sandboxId, grantId)
        if (derivation !== undefined) this.#parts.derived.dismiss(routed, derivationOf(routed, derivation))
        else if (routed.source !== undefined) this.#parts.sources?.dismiss(routed.source)
        return null
      },
      admit: ({ identity, peer, options }) => this.#opened(doorkeeper.admit(identity, peer, options)),
      admitByKey: async ({ texts, peer }) => {
        const admission = doorkeeper.admitByKey(texts, peer)
        return admission === undefined ? null : this.#opened(admission)
      },
      admitVirtualKey: ({ key, peer }) => this.#opened(doorkeeper.admitVirtualKey(key, peer)),
      certificate: async ({ sandboxId, host }) => this.#parts.ways.leafFor(this.#living(sandboxId), host),
      door: (question) => this.#askAgentDoor(question),
      doorAnswered: ({ ticket }) => {
        this.#underWay.get(ticket)?.()
        return null
      },
      fault: (report: FaultReport) => {
        faults.add(report.instance, errorFrom(report))
        return null
      },
    }
  }

  /** SECURITY: as of this moment, because the worker may have seen a change that nobody looked for here yet. */
  #routesOf(sandboxId: string) {
    const { publisher, routes } = this.#parts
    publisher.look()
    return takeSnapshot(routes.routesOf(sandboxId))
  }

  /** SECURITY: a value leaves this thread for a grant that lives, of a sandbox that lives, and for nothing else. */
  async #valueOf({ sandboxId, grantId, derivation: key }: Questions['value']['ask']) {
    const first = this.#livingGrant(sandboxId, grantId)
    const fetching = first.source === undefined ? undefined : this.#parts.sources?.bring([first])
    if (fetching !== undefined) await fetching
    const routed = fetching === undefined ? first : this.#livingGrant(sandboxId, grantId)
    const revealed = key === undefined ? this.#reveal(routed) : await this.#derive(routed, key)
    using _ = revealed.value
    // Time may have passed, and a value that was fetched be a new version, which the worker learns of together with it.
    this.#livingGrant(sandboxId, grantId)
    return this.#handOut(revealed)
  }

  #handOut(revealed: RevealedSecret): Questions['value']['answer'] {
    const { version, untilMs, trial } = revealed
    using value = revealed.value
    const bytes = value.use((text) => Uint8Array.from(text))
    return { version, value: bytes, ...(untilMs !== undefined && { untilMs }), ...(trial && { trial }) }
  }

  #livingGrant(sandboxId: string, grantId: string): RoutedGrant {
    const { clock, publisher, routes } = this.#parts
    clock.assertSane()
    publisher.look()
    const { sandbox, grants } = routes.routesOf(sandboxId)
    const routed = grants.find(({ grant }) => grant.id === grantId)
    if (routed === undefined || isOver(sandbox, clock)) throw new CoatcheckError('grant_expired')
    const { expiresAt } = routed.grant
    if (expiresAt !== null && clock.now() >= new Date(expiresAt)) throw new CoatcheckError('grant_expired')
    return routed
  }

  #reveal({ grant, scopes }: RoutedGrant): RevealedSecret {
    const { ephemeral, vault } = this.#parts
    demandStored(scopes)
    return (grant.ephemeral ? ephemeral : vault).reveal(grant.secretId)
  }

  #derive(routed: RoutedGrant, key: string): RevealedSecret | Promise<RevealedSecret> {
    return this.#parts.derived.obtain(routed, derivationOf(routed, key))
  }

  /** Whoever is admitted has a way out in this thread too, which is looked after as every other one. */
  async #opened(admission: Admission): Promise<Admission> {
    if (admission.outcome === 'stranger') return admission
    const sandbox = withoutSeals(admission.sandbox)
    if (admission.outcome !== 'admitted') return { ...admission, sandbox }
    await this.#parts.ways.egressOf(admission.sandbox)
    return { ...admission, sandbox }
  }

  #living(sandboxId: string): Sandbox {
    const { clock, store } = this.#parts
    const sandbox = store.find(sandboxId)
    if (sandbox === undefined || isOver(sandbox, clock)) throw new CoatcheckError('sandbox_expired')
    return sandbox
  }

  #askAgentDoor({ sandboxId, ...asked }: AgentQuestion) {
    const ticket = ++this.#tickets
    return new Promise<{ readonly ticket: number; readonly reply: OwnReply }>((resolve, reject) => {
      const carrier = {
        answer: (reply: OwnReply): Promise<void> => {
          resolve({ ticket, reply })
          return this.#untilAnswered(ticket)
        },
        refuse: ({ code, facts }: Refusal): void => reject(new CoatcheckError(code, facts)),
      }
      this.#parts.agentDoor.answer(sandboxId, { ...asked, carrier }).catch(reject)
    })
  }

  /** What follows from an answer, such as the end of the sandbox, waits until the answer is out. */
  #untilAnswered(ticket: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer)
        this.#underWay.delete(ticket)
        resolve()
      }
      const timer = setTimeout(over, answerMs).unref()
      this.#underWay.set(ticket, over)
    })
  }
}

/** SECURITY: what credentials are made from leaves this thread for a token endpoint only. @throws CoatcheckError `secret_not_found` */
function demandStored(scopes: RoutedGrant['scopes']): void {
  if (scopes.every(({ injection }) => injection.derivation !== undefined)) throw new CoatcheckError('secret_not_found')
}

/** @throws CoatcheckError `secret_not_found` */
function derivationOf({ scopes }: RoutedGrant, key: string): Derivation {
  for (const { injection } of scopes) {
    const { derivation } = injection
    const named = derivation?.registry === undefined ? derivation : derivation.registry.derivationOf(key)
    if (named?.key === key) return named
  }
  throw new CoatcheckError('secret_not_found')
}

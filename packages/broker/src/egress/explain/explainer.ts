import type {
  ExplainedDial,
  ExplainedNetwork,
  ExplainedVerdict,
  ExplainRequest,
  Explanation,
} from '@coatcheck/contract'
import { maskPath } from '../../audit/path-mask.ts'
import type { Clock } from '../../foundation/clock.ts'
import { formatDestination } from '../../foundation/destination.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import { isVirtualKey, statusOfKey } from '../../sandbox/virtual-key.ts'
import { internalHost } from '../agent-door.ts'
import { applicableCaps } from '../applicable-caps.ts'
import { Ending } from '../ending.ts'
import type { Carrier, Exchange } from '../exchange.ts'
import { placeOf } from '../local/answer-locally.ts'
import { judge, judgeWhole, type PipelineServices } from '../pipeline.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { reportPlaceholder } from '../report-placeholder.ts'
import type { RouteTable } from '../route-table.ts'
import type { Routes } from '../routes.ts'
import { refuseUnseen } from '../stages/decide-rules.ts'
import { isOver } from '../stages/identify.ts'
import { awaitsBody } from '../stages/match-body.ts'
import { toldOfKey } from '../told-of-key.ts'
import { type CapExaminer, countingBytes, type DescribedCaps, describeCaps, describeStanding } from './describe-caps.ts'
import { describeGrants } from './describe-grants.ts'
import { describeRules, describeUnseen } from './describe-rules.ts'
import { type ExplainedAnswer, explainAnswer } from './explain-answer.ts'
import { connectionAt, explainConnection } from './explain-connection.ts'
import { explanationNotes } from './explanation-notes.ts'
import { findSandbox } from './find-sandbox.ts'
import { type Question, readQuestion } from './read-question.ts'
import { passed, refused } from './verdict.ts'

/** What explanations are made from. */
export interface ExplainerParts {
  /** Absent where nothing is capped. */
  readonly caps?: CapExaminer
  readonly services: Pick<PipelineServices, 'clock' | 'lookup' | 'prices' | 'revision'> & {
    readonly routes: Pick<RouteTable, 'pastRoutesOf' | 'routesOf'>
  }
  readonly store: Pick<SandboxStore, 'find' | 'grantsOf' | 'list'>
  /** `host:port` of the operator's proxy, where a host is reached through it. */
  readonly proxyFor: (host: string, isPinned: boolean) => string | null
}

interface Judged {
  readonly verdict: ExplainedVerdict
  /** Present where the service would be reached. */
  readonly exchange?: Exchange
  /** Present where rules were asked. */
  readonly judged?: Exchange
  /** Present where the broker would answer for a service. */
  readonly answer?: ExplainedAnswer
}

/** Sends requests through the stages that decide, and no further. */
export class Explainer {
  readonly #parts: ExplainerParts

  constructor(parts: ExplainerParts) {
    this.#parts = parts
  }

  /** @throws CoatcheckError `sandbox_not_found` | `request_invalid` | `vault_locked` | `row_tampered` | `storage_unavailable` */
  async explain(project: string, request: ExplainRequest): Promise<Explanation> {
    const { services, store } = this.#parts
    const sandbox = findSandbox(store, project, request.sandbox, services.clock)
    const routes =
      sandbox.endedAt === null ? services.routes.routesOf(sandbox.id) : services.routes.pastRoutesOf(sandbox.id)
    const connection = connectionAt(request)
    const whose = { id: sandbox.id, name: sandbox.name, status: statusOf(sandbox, services.clock) }
    if (connection !== undefined) {
      const { clock } = services
      const grants = store.grantsOf(sandbox.id)
      const said = await explainConnection({ destination: connection, routes, grants, clock, caps: this.#parts.caps })
      return { sandbox: whose, method: request.method, destination: formatDestination(connection), ...said }
    }
    const placeholders = new Map(routes.grants.map(({ grant, placeholder }) => [grant.env, placeholder]))
    const read = readQuestion(request, placeholders)
    const question = 'code' in read ? undefined : read
    const network = question === undefined ? null : networkOf(routes, question)
    const {
      verdict: first,
      exchange,
      judged,
      answer,
    }: Judged = 'code' in read ? { verdict: refused(read) } : this.#judge(read, routes)
    const { caps, refusal } = await this.#describeCaps(first, exchange)
    const verdict = refusal === undefined ? first : refused(refusal)
    return {
      sandbox: whose,
      method: request.method,
      destination: question === undefined ? null : formatDestination(question.destination),
      path:
        question === undefined || question.ambiguous !== null
          ? null
          : maskPath(named(question.head.path, placeholders), []),
      network,
      grants: describeGrants(routes, store.grantsOf(sandbox.id), question, services.clock),
      rules: answer?.rules ?? rulesFor(routes, question, network, judged),
      caps,
      verdict,
      dial: exchange === undefined || refusal !== undefined ? null : this.#dial(exchange, verdict),
      notes: explanationNotes({
        request,
        sandbox,
        routes,
        question,
        network,
        verdict,
        placeholders,
        awaitsBody: answer?.awaitsBody ?? (judged ?? exchange)?.placedBody !== undefined,
        isForService: answer !== undefined,
      }),
    }
  }

  async #describeCaps({ outcome }: ExplainedVerdict, exchange: Exchange | undefined): Promise<DescribedCaps> {
    const { caps, services } = this.#parts
    if (exchange === undefined) return { caps: [] }
    if (outcome !== 'tunnelled') return describeCaps(exchange, caps, services.prices)
    // A tunnel carries no grant, and is counted by its bytes alone.
    return describeStanding(countingBytes(applicableCaps(exchange.routes, [])), {}, caps)
  }

  /** As the way out does: first whether the connection is let in, then the request. */
  #judge(question: Question, routes: Routes): Judged {
    const { services } = this.#parts
    const { clock, lookup } = services
    const { destination, head } = question
    clock.assertSane()
    const over = this.#over(routes.sandbox)
    if (over !== undefined) return { verdict: refused(over) }
    if (destination.host === internalHost) return { verdict: { outcome: 'answered' } }
    const decision = routes.policy.decide(destination)
    const exchange = this.#exchange(question, routes)
    if (decision.effect === 'tunnel') {
      exchange.reach = decision.options
      const unseen = refuseUnseen(routes.rules, destination)
      if (unseen !== undefined) return { verdict: refused(unseen) }
      return { verdict: { outcome: 'tunnelled' }, exchange }
    }
    if (decision.effect === 'deny') {
      const facts = { host: destination.host, port: destination.port, rule: decision.rule }
      const refusal = reportPlaceholder(refuse('destination_denied', facts), head, destination, routes, lookup)
      return { verdict: refused(refusal) }
    }
    const place = placeOf(exchange)
    if (place !== undefined) {
      const answer = explainAnswer(exchange, place, clock)
      return { verdict: answer.verdict, answer }
    }
    const refusal = judge(exchange, services) ?? (awaitsBody(exchange) ? judgeWhole(exchange, services) : undefined)
    if (refusal !== undefined) {
      return { verdict: refused(toldOfKey(refusal, routes.sandbox, clock)), judged: exchange }
    }
    return { verdict: passed(exchange), exchange, judged: exchange }
  }

  /** Why nothing at all of the sandbox, or with the virtual key, is let in; undefined while it lives. */
  #over(sandbox: Sandbox): Refusal | undefined {
    const { services, store } = this.#parts
    const { clock } = services
    if (!isVirtualKey(sandbox)) return isOver(sandbox, clock) ? refuse('sandbox_expired') : undefined
    const status = statusOfKey(sandbox, store.grantsOf(sandbox.id), clock.now())
    return status === 'active' ? undefined : refuse(`key_${status}`)
  }

  #exchange({ destination, head, ambiguous }: Question, routes: Routes): Exchange {
    const { clock, revision } = this.#parts.services
    return {
      id: '',
      arrival: { sandboxId: routes.sandbox.id, destination },
      startedAtMs: clock.monotonicMs(),
      // Stages write the canonical host into the head.
      head: { ...head, fields: head.fields.map((field) => ({ ...field })) },
      ambiguous,
      routes,
      revision: revision.current(),
      carrier: nobody,
      ending: neverEnded,
      attachments: [],
      rule: null,
      reach: {},
    }
  }

  #dial({ arrival, reach }: Exchange, { outcome }: ExplainedVerdict): ExplainedDial {
    const { host, port, scheme } = arrival.destination
    const pin = reach.pin ?? null
    return {
      transport: outcome === 'tunnelled' || scheme === 'http' ? 'tcp' : 'tls',
      host,
      port,
      pin,
      allowPrivate: reach.allowPrivate === true,
      ownRoots: reach.roots !== undefined,
      proxy: this.#parts.proxyFor(host, pin !== null),
    }
  }
}

const neverEnded = new Ending()

/** SECURITY: what is explained reaches no client and no service, whatever a stage may come to do. */
const nobody: Carrier = {
  mayUpgrade: true,
  readBody: () => Promise.reject(new TypeError('a request that is explained has no body')),
  inspectBody: () => Promise.reject(new TypeError('a request that is explained has no body')),
  inspectBeginning: () => Promise.reject(new TypeError('a request that is explained has no body')),
  wholeBody: () => [],
  holdTo() {},
  open: () => Promise.reject(new TypeError('a request that is explained is not dialled')),
  relay: () => Promise.reject(new TypeError('a request that is explained is not sent')),
  progress: () => ({}),
  close() {},
  refuse() {},
  async answer() {},
}

function rulesFor(
  { rules }: Routes,
  question: Question | undefined,
  network: ExplainedNetwork | null,
  judged: Exchange | undefined,
): Explanation['rules'] {
  if (judged !== undefined) return describeRules(judged)
  return network?.effect === 'tunnel' && question !== undefined ? describeUnseen(rules, question.destination.host) : []
}

function networkOf({ policy }: Routes, { destination }: Question): ExplainedNetwork {
  const { effect, rule } = policy.decide(destination)
  return { effect, rule }
}

function statusOf(sandbox: Sandbox, clock: Clock): Explanation['sandbox']['status'] {
  if (sandbox.endedAt !== null) return 'ended'
  return isOver(sandbox, clock) ? 'expired' : 'active'
}

/** SECURITY: a placeholder is shown by the name of its variable only. */
function named(text: string, placeholders: ReadonlyMap<string, string>): string {
  let shown = text
  for (const [env, placeholder] of placeholders) shown = shown.replaceAll(placeholder, () => `$${env}`)
  return shown
}

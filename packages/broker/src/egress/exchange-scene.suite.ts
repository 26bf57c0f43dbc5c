import { PassThrough } from 'node:stream'
import type { ProblemCode, RuleList, Scope } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import { canonicalTarget } from '../foundation/canonical-path.ts'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Revision } from '../foundation/revision.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { ProjectRuleStore } from '../policy/rules/project-rule-store.ts'
import { LocalProviderService } from '../providers/local-provider-service.ts'
import type { ProviderStore } from '../providers/provider-store.ts'
import { issueGrants } from '../sandbox/issue-grants.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { Vault } from '../vault/vault.ts'
import { noBodyCaps } from './body-caps.ts'
import { checkScopes } from './check-scopes.ts'
import { ClientIdentities } from './client-identities.ts'
import { CookieJars } from './cookies/cookie-jars.ts'
import { Ending } from './ending.ts'
import type { Carrier, Exchange } from './exchange.ts'
import { FaultCount } from './fault-count.ts'
import { carryExchange, type PipelineServices } from './pipeline.ts'
import { referencePlane } from './reference/reference-plane.ts'
import type { Refusal } from './refusal.ts'
import { RouteTable } from './route-table.ts'
import { Scrubbers } from './scrubbers.ts'

const project = 'default'

/** An object whose fields a test may replace. */
export type Changeable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** An open installation, as far as a scene needs it. */
export interface SceneInstallation {
  readonly keyRing: KeyRing
  readonly vault: Vault
  readonly storage: {
    readonly clock: HighWaterClock
    readonly providers: ProviderStore
    readonly revision: Revision
    readonly rules: ProjectRuleStore
    readonly sandboxes: SandboxStore
  }
}

/** A secret of the scene; it is named after its variable, in lower case. */
export interface SceneSecret {
  readonly value: string
  readonly scopes: readonly Scope[]
  /** What may be done with it by whatever grant, and by the grants of this scene. */
  readonly rules?: RuleList
  readonly grantRules?: RuleList
  /** Further variables that hold placeholders of the same secret. */
  readonly also?: readonly string[]
}

/** One request as a client of the sandbox sends it. */
export interface SceneRequest {
  readonly host: string
  readonly method?: string
  readonly target?: string
  readonly fields?: readonly HeaderField[]
}

/** What became of a request. */
export interface SceneAnswer {
  /** Of the refusal; undefined when the request reached the service. */
  readonly code: ProblemCode | undefined
  /** The head that reached the service. */
  readonly head: RequestHead | undefined
  /** Records of this exchange. */
  readonly records: readonly AuditEntry[]
}

/** One sandbox with its grants, the whole pipeline over a real database, and a service that takes everything. */
export interface ExchangeScene {
  readonly services: Changeable<PipelineServices> & { readonly vault: Vault }
  readonly carrier: Changeable<Carrier>
  readonly env: Readonly<Record<string, string>>
  readonly audited: AuditEntry[]
  readonly refused: ProblemCode[]
  /** Connections that were dialled. */
  readonly dialled: PassThrough[]
  /** Heads that were sent. */
  readonly sent: RequestHead[]
  /** Ends the exchange that began last. */
  end(refusal: Refusal): void
  begin(request: SceneRequest): Changeable<Exchange>
  send(request: SceneRequest): Promise<SceneAnswer>
}

/** Opens a scene over an installation of the test. */
export function openExchangeScene(
  { keyRing, storage, vault }: SceneInstallation,
  secrets: Readonly<Record<string, SceneSecret>>,
): ExchangeScene {
  const ephemeral = new EphemeralSecrets(keyRing)
  const { clock, revision, sandboxes } = storage
  const providers = new LocalProviderService({ store: storage.providers, clock })
  const routes = new RouteTable({ ephemeral, keyRing, providers, revision, storage, vault })
  const names: Record<string, string> = {}
  const grantRules: Record<string, RuleList> = {}
  for (const [variable, { value: text, scopes, rules, also = [], ...more }] of Object.entries(secrets)) {
    using value = new SecretValue(Buffer.from(text))
    const checked = checkScopes(scopes)
    checked.check(value)
    const name = variable.toLowerCase()
    const form = { project, name, provider: null, shape: null, rotationDays: null, weak: false }
    vault.create({ ...form, scopes: checked.scopes, ...(rules !== undefined && { rules }) }, value)
    for (const each of [variable, ...also]) {
      names[each] = name
      if (more.grantRules !== undefined) grantRules[each] = more.grantRules
    }
  }
  const sandbox = makeSceneSandbox()
  const { grants, env } = issueGrants(
    sandbox,
    { secrets: names, rules: grantRules },
    { clock, ephemeral, keyRing, providers, vault },
  )
  sandboxes.create(sandbox, grants)

  const [audited, refused, dialled, sent]: [AuditEntry[], ProblemCode[], PassThrough[], RequestHead[]] = [
    [],
    [],
    [],
    [],
  ]
  const services: Changeable<PipelineServices> & { readonly vault: Vault } = {
    audit: { append: async (entry) => void audited.push(entry) },
    bodyCaps: noBodyCaps,
    clock,
    cookies: new CookieJars({ now: () => clock.now() }),
    derived: {
      dismiss() {},
      obtain: () => ({ version: 1, value: new SecretValue(Buffer.from('what-was-made-of-a-value')) }),
    },
    ephemeral,
    faults: new FaultCount(),
    identities: new ClientIdentities(),
    scrubbers: new Scrubbers(),
    lookup: (text) => sandboxes.findGrantByPlaceholder(keyRing.indexPlaceholder(text)),
    plane: referencePlane,
    revision,
    routes,
    trials: {
      previousOf: ({ secretId }) => vault.reveal(secretId),
      async judged() {},
    },
    upstream: {
      async dial() {
        const connection = new PassThrough()
        dialled.push(connection)
        return connection
      },
    },
    vault,
  }
  const carrier: Changeable<Carrier> = {
    inspectBody: async () => undefined,
    inspectBeginning: async () => undefined,
    wholeBody: () => [],
    readBody: async () => Buffer.alloc(0),
    open: async (_lane, dial) => void (await dial()),
    async relay(head, _rules, settle) {
      const [path = '', ...query] = head.target.split(/(?=\?)/)
      sent.push({ ...head, path, query: query.join(''), fields: [...head.fields] })
      await settle({ status: 200, bytesSent: 0, bytesReceived: 0 })
      return undefined
    },
    holdTo() {},
    progress: () => ({}),
    close: () => dialled.at(-1)?.destroy(),
    refuse: ({ code }) => void refused.push(code),
    async answer() {},
  }
  let ending = new Ending()
  const begin = ({ host, method = 'GET', target = '/', fields = [] }: SceneRequest): Changeable<Exchange> => {
    ending = new Ending()
    const canonical = canonicalTarget(target)
    return {
      id: newIdentifier('exc'),
      arrival: { sandboxId: sandbox.id, destination: { scheme: 'https', host, port: 443 } },
      startedAtMs: clock.monotonicMs(),
      head: {
        method,
        ...(('refused' in canonical ? canonical.literal : canonical) ?? { path: '/', query: '' }),
        fields: [...fields.map((field) => ({ ...field })), { name: 'Host', value: host }],
      },
      ambiguous: 'refused' in canonical ? canonical.refused : null,
      routes: routes.routesOf(sandbox.id),
      revision: revision.current(),
      carrier,
      ending,
      attachments: [],
      rule: null,
      reach: {},
    }
  }
  return {
    services,
    carrier,
    env,
    audited,
    refused,
    dialled,
    sent,
    end: (refusal) => ending.end(refusal),
    begin,
    async send(request) {
      const [refusals, heads] = [refused.length, sent.length]
      const exchange = begin(request)
      await carryExchange(exchange, services)
      return { code: refused[refusals], head: sent[heads], records: audited.filter(({ id }) => id === exchange.id) }
    },
  }
}

function makeSceneSandbox(): Sandbox {
  return {
    id: newIdentifier('sbx'),
    project,
    name: 'test',
    profile: 'locked',
    fromProfile: { allow: [], deny: [] },
    fence: 'kernel',
    createdBy: 'owner',
    holder: '',
    tokenHash: '',
    allow: [],
    deny: [],
    from: [],
    boundTo: null,
    authoritySealed: null,
    caNames: null,
    labels: {},
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    endsBy: null,
    endedAt: null,
  }
}

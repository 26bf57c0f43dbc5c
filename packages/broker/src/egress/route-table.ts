import { findProvider } from '@coatcheck/catalog'
import {
  type Cap,
  CoatcheckError,
  type NetworkRule,
  refusedByDefault,
  type SafeFacts,
  type Scope,
} from '@coatcheck/contract'
import type { CapStore } from '../caps/cap-store.ts'
import type { StandingCap } from '../caps/standing-cap.ts'
import { isSocketScheme } from '../foundation/destination.ts'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import type { Revision } from '../foundation/revision.ts'
import { prepareInjection } from '../injection/registry.ts'
import type { ProjectRuleStore } from '../policy/rules/project-rule-store.ts'
import type { ProviderDirectory } from '../providers/provider-directory.ts'
import { type Grant, placeholderContext } from '../sandbox/grant.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Vault } from '../vault/vault.ts'
import { compileRoutes, reachOf } from './compile-routes.ts'
import type { RoutedGrant, RoutedScope, Routes } from './routes.ts'

/** What routes are compiled from. */
export interface RouteSources {
  readonly ephemeral: EphemeralSecrets
  readonly keyRing: KeyRing
  /** Finds what operators say of services that the catalog does not know. */
  readonly providers: Pick<ProviderDirectory, 'find'>
  readonly revision: Revision
  readonly storage: {
    /** Absent where nothing is capped. */
    readonly caps?: Pick<CapStore, 'of'>
    readonly rules: Pick<ProjectRuleStore, 'find'>
    readonly sandboxes: SandboxStore
  }
  readonly vault: Vault
}

/** Compiles what decides about a sandbox's traffic, again after each change of authority rows. */
export class RouteTable {
  readonly #sources: RouteSources
  readonly #compiled = new Map<string, { readonly revision: number; readonly routes: Routes }>()

  constructor(sources: RouteSources) {
    this.#sources = sources
  }

  /** @throws CoatcheckError `sandbox_expired` | `row_tampered` | `state_rolled_back` | `vault_locked` */
  routesOf(sandboxId: string): Routes {
    const revision = this.#sources.revision.current()
    const known = this.#compiled.get(sandboxId)
    // SECURITY: a locked vault must refuse, not run on what was compiled before.
    if (known !== undefined && known.revision === revision && this.#sources.vault.state === 'unlocked') {
      return known.routes
    }
    const routes = this.#compile(sandboxId)
    this.#compiled.set(sandboxId, { revision, routes })
    return routes
  }

  /**
   * What decided about a sandbox last, with the grants that ended together with it. Of use only to look back.
   * @throws CoatcheckError as `routesOf` does
   */
  pastRoutesOf(sandboxId: string): Routes {
    return this.#compile(sandboxId, ({ endedAt }, sandbox) => endedAt === null || endedAt === sandbox.endedAt)
  }

  forget(sandboxId: string): void {
    this.#compiled.delete(sandboxId)
  }

  /**
   * What would decide about a sandbox that is not there, with grants and caps that are not there either. Of use only to look ahead.
   * @throws CoatcheckError as `routesOf` does
   */
  wouldBeRoutesOf(sandbox: Sandbox, grants: readonly Grant[], caps: readonly Cap[]): Routes {
    const { project } = sandbox
    const routed = grants.map((grant) => this.#route(grant, () => '')).filter((grant) => grant !== undefined)
    const standing = caps.map((cap): StandingCap => ({ project, on: 'sandbox', owner: sandbox.id, cap }))
    return this.#join(sandbox, routed, standing)
  }

  #compile(sandboxId: string, isMeant = isLiving): Routes {
    const { sandboxes } = this.#sources.storage
    const sandbox = sandboxes.find(sandboxId)
    if (sandbox === undefined) throw new CoatcheckError('sandbox_expired')
    const grants = sandboxes
      .grantsOf(sandboxId)
      .filter((grant) => isMeant(grant, sandbox))
      .map((grant) => this.#route(grant, () => this.#placeholderOf(grant)))
      .filter((grant) => grant !== undefined)
    return this.#join(sandbox, grants)
  }

  #join(sandbox: Sandbox, grants: readonly RoutedGrant[], more: readonly StandingCap[] = []): Routes {
    const { caps, rules } = this.#sources.storage
    const owners = grants.flatMap(({ grant }) => [grant.id, grant.secretId])
    const { project } = sandbox
    const standing = caps?.of(project, [project, sandbox.id, ...new Set(owners)]) ?? []
    return compileRoutes(sandbox, grants, { projectRules: rules.find(project), caps: [...standing, ...more] })
  }

  #placeholderOf(grant: Grant): string {
    return this.#sources.keyRing.openPlaceholder(grant.placeholderSealed, placeholderContext(grant))
  }

  /** A grant whose secret is gone routes nothing. */
  #route(grant: Grant, placeholderOf: () => string): RoutedGrant | undefined {
    const { vault, ephemeral, providers } = this.#sources
    const secret = grant.ephemeral ? ephemeral.find(grant.secretId) : vault.find(grant.secretId)
    if (secret === undefined) return undefined
    const { provider } = secret
    const own =
      provider === null || findProvider(provider) !== undefined ? undefined : providers.find(secret.project, provider)
    return {
      grant,
      secretName: secret.name,
      provider,
      placeholder: placeholderOf(),
      ...(secret.source !== undefined && { source: secret.source }),
      ...(secret.rules !== undefined && { secretRules: secret.rules }),
      ...(own !== undefined && own.dangerous.length > 0 && { dangerous: own.dangerous }),
      scopes: secret.scopes.map(routeScope),
    }
  }
}

function isLiving({ endedAt }: Grant, _sandbox: Sandbox): boolean {
  return endedAt === null
}

/** A stored scope, ready for use. @throws CoatcheckError `scope_invalid` */
export function routeScope(scope: Scope): RoutedScope {
  const injection = prepareInjection(scope.inject)
  const routed: RoutedScope = {
    rule: scope.to,
    pattern: parseDestinationPattern(scope.to, { clearText: isInternal(scope) }),
    inject: scope.inject,
    injection,
    // What stands in no request can replace nothing in one.
    attach: scope.attach ?? (injection.clientIdentity === undefined ? 'replace' : 'always'),
    foreign: scope.foreign ?? 'refuse',
    cookies: scope.cookies ?? 'drop',
    uninspected: scope.uninspected ?? (isEchoed(scope.inject) ? 'block' : 'pass'),
    refuse: scope.refuse ?? refusedByDefault,
    newKeys: scope.newKeys ?? 'mask',
    reach: reachOf(scope),
  }
  const fault = faultOf(routed)
  if (fault !== undefined) throw new CoatcheckError('scope_invalid', { to: scope.to, ...fault })
  return routed
}

/** What speaks against attaching a secret to requests that do not ask for it. */
function faultOf({ attach, foreign, pattern, injection, inject }: RoutedScope): SafeFacts | undefined {
  const { login } = injection
  if (login !== undefined ? login.scheme !== pattern.scheme : isSocketScheme(pattern.scheme)) {
    const hint = `Write ${login?.scheme ?? 'https'}:// before the host, or another injector.`
    return { reason: `${inject.kind} does not go to ${pattern.scheme}`, hint }
  }
  const missing = login?.missingFor?.(pattern.exactHost ?? '')
  if (missing !== undefined) return { reason: `${inject.kind} lacks an option for this host`, hint: missing }
  if (attach === 'always') {
    // SECURITY: among hosts that are not written out, one may be another's, and no placeholder says which is meant.
    if (pattern.kind !== 'exact') return { reason: '`attach: always` needs an exact host', hint: 'Write exact hosts.' }
    if (injection.attach === null) {
      return {
        reason: 'with `attach: always`, the injector must say the whole credential',
        hint: 'Give `basic` a `username`, or leave `attach` out.',
      }
    }
  } else if (injection.clientIdentity !== undefined) {
    const reason = 'a client certificate is shown to the service whatever stands in a request'
    return { reason, hint: 'Leave `attach` out, or write `attach: always`.' }
  } else if (foreign === 'replace') {
    return { reason: '`foreign: replace` needs `attach: always`', hint: 'Add it, or write `foreign: refuse`.' }
  }
  return undefined
}

/** SECURITY: services write the address of a request into pages, links and messages, and repeat what they do not take (AC-10.2). */
function isEchoed({ kind, in: surfaces }: Scope['inject']): boolean {
  if (kind === 'query' || kind === 'path' || kind === 'body') return true
  return Array.isArray(surfaces) && surfaces.some((surface) => surface === 'path' || `${surface}`.startsWith('query:'))
}

function isInternal({ pin, allowPrivate }: Pick<NetworkRule, 'pin' | 'allowPrivate'>): boolean {
  return pin !== undefined || allowPrivate === true
}

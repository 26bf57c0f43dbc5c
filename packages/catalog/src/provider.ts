import type { InjectorSpec } from '@coatcheck/contract'
import type { DangerousEndpoint } from './dangerous-endpoint.ts'
import type { KeyShape } from './key-shape.ts'
import type { Usage } from './usage.ts'

/** What a provider is for. */
export type ProviderCategory = 'code-host' | 'llm' | 'payments'

/** A variable that moves a client to another address. */
export interface BaseUrlVariable {
  readonly name: string
  /** Whether setting it to the broker's gateway changes nothing else about the client. */
  readonly safeToRedirect: boolean
}

/** One host of a provider. */
export interface ProviderHost {
  /** As a scope writes it: exact, or `*.suffix`. */
  readonly host: string
  /**
   * How the secret travels there: first what the provider documents, then the forms that clients also send. Empty for a
   * host that clients are sent on to with a signed URL, and that never gets the secret.
   */
  readonly injectors: readonly InjectorSpec[]
}

/** A cheap request that tells whether a key works. */
export interface Probe {
  readonly method: 'GET' | 'POST'
  readonly host: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A known service. Pure data, one file each in `providers/`. */
export interface Provider {
  /** Also the name of its file; never renamed. */
  readonly id: string
  readonly name: string
  readonly category: ProviderCategory
  /** Variables from which clients read the secret, the most usual first. */
  readonly variables: readonly string[]
  /** Variables that go with the secret and are none themselves: organization, project. */
  readonly companionVariables: readonly string[]
  readonly baseUrlVariables: readonly BaseUrlVariable[]
  readonly hosts: readonly ProviderHost[]
  readonly keyShapes: readonly KeyShape[]
  readonly dangerous: readonly DangerousEndpoint[]
  /** How a response tells what it cost; null where it is not known. */
  readonly usage: Usage | null
  readonly probe: Probe | null
  /** Public material that the entry was checked against. */
  readonly sources: readonly string[]
  /** Day of that check, `YYYY-MM-DD`. */
  readonly lastChecked: string
}

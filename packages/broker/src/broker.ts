import type { Gateway, GatewaySpec } from '@coatcheck/launchers'
import type { StartConfig } from './admin/start-config.ts'
import type { Home } from './config/home.ts'
import type { KeyOptions } from './config/open-keys.ts'
import type { BrokerSettings } from './config/settings.ts'
import type { Clock } from './foundation/clock.ts'
import type { Resolver } from './upstream/resolver.ts'

/** What a broker is started with. */
export interface BrokerOptions extends Pick<KeyOptions, 'newKey' | 'passphrase'> {
  readonly home: Home
  /** Where the management API listens. */
  readonly socketPath: string
  /** Takes an unexpected error to the broker's own log, under the id that the client was given. */
  readonly reportFault: (instance: string, error: unknown) => void
  /** Over those that the home has; nothing beyond the Unix socket when absent. */
  readonly settings?: BrokerSettings
  readonly config?: StartConfig
  /** What the command that starts the broker has in variables that sources name. SECURITY: they are values. */
  readonly sourceVariables?: Readonly<Record<string, string>>
  readonly openGateway: (spec: GatewaySpec) => Promise<Gateway>
  /** The machine's own when absent. */
  readonly clock?: Clock
  /** The machine's own when absent. */
  readonly resolver?: Resolver
}

/** A running broker. */
export interface Broker {
  readonly socketPath: string
  /** How the management API is called over TCP, where it listens. */
  readonly apiUrl?: string
  /** How sandboxes elsewhere call the forward proxy, where it listens. */
  readonly proxyUrl?: string
  /** Ends every sandbox, closes every door, and writes what waits. */
  stop(): Promise<void>
}

import type { GitOrigin } from '../fixtures/git-origin.ts'
import type { RecordedRequest } from '../fixtures/verifying-server.ts'
import type { InsidePaths } from './sandbox-shell.ts'
import type { Services } from './services.ts'

/** What a check of a client can look at beside its output. */
export interface Witness {
  readonly git: GitOrigin
  /** What the services got from this client. */
  readonly requests: readonly RecordedRequest[]
}

/** One client program that must work inside a sandbox as it does outside. */
export interface ClientCase {
  readonly name: string
  /** For `/bin/sh`, in an empty folder of its own; must end with 0. */
  script(paths: InsidePaths): string
  /** What the client must print. */
  readonly prints: RegExp
  /** Credentials, as the services must see them: all of these, and no others. */
  presents(services: Services): readonly string[]
  readonly skip?: string | false
  /** Finds its base URL in the environment by itself. */
  readonly byBaseUrl?: true
  /** Takes a base URL from its program: the name that its service has at the gateway. The script finds the URL in `BASE_URL`. */
  readonly gatewayName?: string
  /** Takes a base URL in clear text only where that is on loopback. */
  readonly gatewayOnLoopback?: true
  /** Why it works only in a sandbox with a fence, whose network needs no settings. */
  readonly fencedOnly?: string
  /** Looks further; throws when something is wrong. */
  check?(witness: Witness): void
}

/** The usual one: the key of the general service as a bearer token. */
export const presentsApiKey: ClientCase['presents'] = ({ api }) => [`Bearer ${api.key.value}`]

/** The key of a service as a bearer token. */
export function presentsBearer(service: keyof Services): ClientCase['presents'] {
  return (services) => [`Bearer ${services[service].key.value}`]
}

/** A user and the key of the service that asks for a login. */
export const presentsLogin: ClientCase['presents'] = ({ login }) => [`Basic agent:${login.key.value}`]

import { IdleMap } from '../foundation/idle-map.ts'
import { type ScrubbedSecret, Scrubber } from '../scrubbing/scrubber.ts'
import { strongBytes } from '../vault/secret-strength.ts'
import type { Attachment } from './exchange.ts'
import type { RoutedScope } from './routes.ts'

interface Kept {
  readonly scopes: readonly RoutedScope[]
  readonly versions: readonly (number | undefined)[]
  readonly scrubber: Scrubber
}

/** What searches responses, kept for the next request with the same secrets: to make it ready takes longer than to search with it. */
export class Scrubbers {
  /** By grants. */
  readonly #kept: IdleMap<Kept>

  /** @param now monotonic time in milliseconds */
  constructor(now?: () => number) {
    this.#kept = new IdleMap(now && { now })
  }

  /** What searches for these secrets, which were revealed. */
  of(attachments: readonly Attachment[]): Scrubber {
    const key = attachments.map(({ grant }) => grant.grant.id).join(' ')
    const known = this.#kept.use(key)
    if (known !== undefined && isFor(known, attachments)) return known.scrubber
    const scrubber = new Scrubber(attachments.flatMap(secretsOf))
    const versions = attachments.map(({ secret }) => secret?.version)
    // What was made for a while is another one before long, under the same version.
    if (attachments.every(({ secret }) => secret?.untilMs === undefined)) {
      this.#kept.set(key, { scopes: attachments.map(({ scope }) => scope), versions, scrubber })
    }
    return scrubber
  }

  /** Forgets everything, as when the vault is locked. */
  forget(): void {
    this.#kept.clear()
  }
}

/** SECURITY: scopes are the same objects for as long as no authority row has changed. */
function isFor({ scopes, versions }: Kept, attachments: readonly Attachment[]): boolean {
  return attachments.every(({ scope, secret }, index) => scope === scopes[index] && secret?.version === versions[index])
}

function secretsOf({ grant, scope, secret }: Attachment): ScrubbedSecret[] {
  if (secret === undefined) throw new TypeError('scrubber before reveal')
  return secret.value.use((value) =>
    (scope.injection.confidentialParts?.(value) ?? [value]).map((bytes) => ({
      bytes: Buffer.from(bytes),
      placeholder: grant.placeholder,
      isWeak: bytes.length < strongBytes,
    })),
  )
}

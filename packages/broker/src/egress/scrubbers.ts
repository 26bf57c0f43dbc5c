import { IdleMap } from '../foundation/idle-map.ts'
import { ownCopies } from '../foundation/own-copies.ts'
import { type NewKeys, type ScrubbedSecret, Scrubber } from '../scrubbing/scrubber.ts'
import { strongBytes } from '../vault/secret-strength.ts'
import type { Attachment } from './exchange.ts'
import { keyFormsOf } from './key-forms.ts'
import type { RoutedScope, Routes } from './routes.ts'

interface Kept {
  readonly routes: Routes
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

  /** What searches for these secrets, which were revealed, and for new keys of the same providers. */
  of(attachments: readonly Attachment[], routes: Routes): Scrubber {
    const key = attachments.map(({ grant }) => grant.grant.id).join(' ')
    const known = this.#kept.use(key)
    if (known?.routes === routes && isFor(known, attachments)) return known.scrubber
    const scrubber = new Scrubber(attachments.flatMap(secretsOf), newKeysOf(attachments, routes))
    const versions = attachments.map(({ secret }) => secret?.version)
    // What was made for a while is another one before long, under the same version.
    if (attachments.every(({ secret }) => secret?.untilMs === undefined)) {
      this.#kept.set(key, { routes, scopes: attachments.map(({ scope }) => scope), versions, scrubber })
    }
    return scrubber
  }

  /** SECURITY: forgets what was made of the values that a sandbox used. */
  endSandbox(sandboxId: string): void {
    this.#kept.deleteWhere(({ routes }) => routes.sandbox.id === sandboxId)
  }

  /** Forgets everything, as when the vault is locked. */
  forget(): void {
    this.#kept.clear()
  }
}

/** SECURITY: routes are other objects once an authority row has changed. */
function isFor({ scopes, versions }: Kept, attachments: readonly Attachment[]): boolean {
  return attachments.every(({ scope, secret }, index) => scope === scopes[index] && secret?.version === versions[index])
}

function secretsOf({ grant, scope, secret }: Attachment): ScrubbedSecret[] {
  if (secret === undefined) throw new TypeError('scrubber before reveal')
  return secret.value.use((value) =>
    ownCopies(scope.injection.confidentialParts?.(value) ?? [value]).map((bytes) => ({
      bytes,
      placeholder: grant.placeholder,
      isWeak: bytes.length < strongBytes,
    })),
  )
}

/** What new keys look like in the response; undefined where nobody can tell, or nobody minds. */
function newKeysOf(attachments: readonly Attachment[], { placeholders }: Routes): NewKeys | undefined {
  const watched = attachments.filter(({ scope }) => scope.newKeys !== 'pass')
  const forms = watched.flatMap(({ grant }) => keyFormsOf(grant.provider))
  if (forms.length === 0) return undefined
  return {
    forms: [...new Set(forms)],
    placeholders,
    areBlocked: watched.some(({ scope }) => scope.newKeys === 'block'),
  }
}

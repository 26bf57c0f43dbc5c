import { type CheckedSecret, type Checkup, CoatcheckError } from '@coatcheck/contract'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import { isProcessAlive } from '../foundation/process-mark.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import { rotationDue as dueOf } from '../vault/rotation-due.ts'
import type { Secret } from '../vault/secret.ts'
import type { Vault } from '../vault/vault.ts'

/** What is looked at. */
export interface CheckupParts {
  readonly clock: HighWaterClock
  readonly project: string
  readonly store: Pick<SandboxStore, 'list'>
  readonly upstreamProxy: string | null
  readonly vault: Pick<Vault, 'list' | 'verify'>
}

const pageSize = 200
/** Secrets, and sandboxes, that are looked at. */
const maxChecked = 10_000

/** Looks at what only the broker can see of itself. @throws CoatcheckError `vault_locked` | `row_tampered` */
export function checkUp({ clock, project, store, upstreamProxy, vault }: CheckupParts): Checkup {
  const now = clock.now()
  const sandboxes = pages(
    (cursor) => store.list(project, pageSize, cursor),
    ({ id }) => id,
  )
  const secrets = pages(
    (cursor) => vault.list(project, pageSize, cursor),
    ({ name }) => name,
  )
  return {
    clock: codeOf(() => clock.assertSane()) === null ? 'ok' : 'jumped',
    secrets: secrets.map((secret) => checkSecret(secret, vault)),
    leftovers: sandboxes.filter((sandbox) => isLeftOver(sandbox, now)).map(({ id, name }) => ({ id, name })),
    upstreamProxy,
  }
}

function pages<Row>(list: (cursor: string | null) => readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const all: Row[] = []
  for (let cursor: string | null = null; all.length < maxChecked; ) {
    const page = list(cursor)
    all.push(...page)
    const last = page.at(-1)
    if (page.length < pageSize || last === undefined) break
    cursor = keyOf(last)
  }
  return all
}

function checkSecret(secret: Secret, vault: Pick<Vault, 'verify'>): CheckedSecret {
  const { name, provider } = secret
  return { name, provider, problem: codeOf(() => vault.verify(secret.id)), rotationDue: dueOf(secret) }
}

/** A launched sandbox ends with the process that holds its gateway. */
function isLeftOver({ endedAt, expiresAt, fence, holder }: Sandbox, now: Date): boolean {
  return endedAt === null && new Date(expiresAt) > now && fence === 'kernel' && !isProcessAlive(holder)
}

function codeOf(attempt: () => void): CheckedSecret['problem'] {
  try {
    attempt()
    return null
  } catch (error) {
    if (error instanceof CoatcheckError) return error.code
    throw error
  }
}

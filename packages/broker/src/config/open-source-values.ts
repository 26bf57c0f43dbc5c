import type { AuditLog } from '../audit/audit-log.ts'
import { checkScopes } from '../egress/check-scopes.ts'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { ConfiguredSource } from '../sources/configured-source.ts'
import { SourceValues } from '../sources/source-values.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { LocalVault } from '../vault/local-vault.ts'

/** What values of sources are opened with. */
export interface SourceValuesParts {
  readonly audit: AuditLog
  readonly clock: HighWaterClock
  readonly configured: readonly ConfiguredSource[]
  readonly keyRing: KeyRing
  vault(): LocalVault
}

/** Opens the values that sources give. That one has changed stands in the journal as a rotation. */
export function openSourceValues({ audit, ...parts }: SourceValuesParts): SourceValues {
  return new SourceValues({
    ...parts,
    check: (scopes, value) => checkScopes(scopes).check(value),
    onRotated: ({ name, project, source, version }) =>
      audit.append({
        id: newIdentifier('evt'),
        kind: 'secret.rotated',
        project,
        subject: name,
        secrets: [`${name}@${version}`],
        note: `by its source ${source}`,
      }),
  })
}

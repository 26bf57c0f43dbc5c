import { existsSync } from 'node:fs'
import { type CapOwner, capText } from '@coatcheck/contract'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import type { CapDesk } from '../caps/cap-desk.ts'
import { CapLedger, type OpenedCircuit } from '../caps/cap-ledger.ts'
import { type CapCounts, CapService } from '../caps/cap-service.ts'
import { ModelPrices } from '../caps/model-prices.ts'
import { LocalCapDesk } from '../egress/local-cap-desk.ts'
import type { RouteTable } from '../egress/route-table.ts'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Storage } from '../storage/sqlite/open-storage.ts'
import type { Vault } from '../vault/vault.ts'
import { type Home, homePaths } from './home.ts'
import { readSettingFile } from './read-setting-file.ts'

/** What caps are opened with. */
export interface CapsParts {
  /** Told of circuits that open. */
  readonly audit: AuditLog
  readonly clock: Clock
  readonly home: Home
  readonly routes: RouteTable
  readonly storage: Pick<Storage, 'caps' | 'sandboxes' | 'usage'>
  readonly vault: Pick<Vault, 'find'>
}

/** The caps of a broker. */
export interface OpenedCaps {
  /** What the life of a request needs of them. */
  readonly pipeline: { readonly caps: CapDesk; readonly prices: ModelPrices }
  readonly service: CapService
  /** Of every project; all zero while nothing can be read. */
  counts(projects: readonly string[]): Promise<CapCounts>
  /** Writes what waits. */
  close(): void
}

/** Puts the ledger together with whoever asks it. @throws CoatcheckError `settings_invalid` */
export function openCaps({ audit, clock, home, routes, storage, vault }: CapsParts): OpenedCaps {
  const nameOf = (on: CapOwner, owner: string): string | undefined => {
    if (on === 'project') return owner
    if (on === 'secret') return vault.find(owner)?.name
    const found = on === 'sandbox' ? storage.sandboxes.find(owner) : storage.sandboxes.findGrant(owner)
    return found === undefined || found.endedAt !== null ? undefined : owner
  }
  const ledger = new CapLedger(storage.usage, clock, (circuit) => {
    // It is open, whether or not that can be recorded: nothing goes through that would have to be taken back.
    audit.append(circuitAlarm(circuit, nameOf)).catch(() => {})
  })
  const service = new CapService({ clock, ledger, store: storage.caps, nameOf })
  return {
    pipeline: { caps: new LocalCapDesk(ledger, routes), prices: new ModelPrices(readPrices(home)) },
    service,
    counts: (projects) => countAll(service, projects).catch(() => ({ set: 0, spent: 0, open: 0 })),
    close: () => ledger.flush(),
  }
}

/** What a person should hear of a circuit that has opened. */
function circuitAlarm(
  { standing: { cap, on, owner, project }, untilMs }: OpenedCircuit,
  nameOf: (on: CapOwner, owner: string) => string | undefined,
): AuditEntry {
  return {
    id: newIdentifier('evt'),
    kind: 'alarm.raised',
    project,
    code: 'circuit_open',
    rule: `cap ${capText(cap)} on ${on}`,
    subject: nameOf(on, owner) ?? owner,
    ...(on === 'sandbox' && { sandbox: owner }),
    ...(on === 'grant' && { grants: [owner] }),
    note: `until ${new Date(untilMs).toISOString()}`,
  }
}

async function countAll(service: CapService, projects: readonly string[]): Promise<CapCounts> {
  const total = { set: 0, spent: 0, open: 0 }
  for (const project of projects) {
    const { set, spent, open } = await service.counts(project)
    total.set += set
    total.spent += spent
    total.open += open
  }
  return total
}

/** SECURITY: who writes this file decides what is spent, so it lies beside the key. */
function readPrices(home: Home): string {
  const { prices } = homePaths(home)
  return existsSync(prices) ? readSettingFile('prices', prices) : ''
}

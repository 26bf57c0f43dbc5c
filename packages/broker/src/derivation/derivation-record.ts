import type { CoatcheckError } from '@coatcheck/contract'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { TokenEndpoint } from '../injection/derivation.ts'
import type { Secret } from '../vault/secret.ts'

/** What the journal has of one question to a token endpoint: that it was about to be asked, and what became of it. */
export class DerivationRecord {
  readonly #audit: AuditLog
  readonly #members: Omit<AuditEntry, 'kind'>
  readonly #name: string
  readonly #note: string | undefined

  constructor(
    audit: AuditLog,
    { grant }: RoutedGrant,
    secret: Secret,
    { destination, path }: TokenEndpoint,
    { method, note }: { readonly method: 'DELETE' | 'GET' | 'POST'; readonly note?: string } = { method: 'POST' },
  ) {
    this.#audit = audit
    this.#name = secret.name
    this.#note = note
    this.#members = {
      id: newIdentifier('drv'),
      project: grant.project,
      sandbox: grant.sandboxId,
      grants: [grant.id],
      secrets: [`${secret.name}@${secret.version}`],
      method,
      ...destination,
      path,
    }
  }

  /** SECURITY: safe before anything is dialled. @throws CoatcheckError `audit_unavailable` */
  begin(): Promise<void> {
    const note = this.#note === undefined ? {} : { note: this.#note }
    return this.#audit.append({ ...this.#members, ...note, kind: 'derivation.intended' })
  }

  /** @param present the secret, where the answer made another version of it */
  completed(upstreamStatus: number, present: Secret | undefined): Promise<void> {
    const note = present === undefined ? 'the secret was given another value meanwhile' : undefined
    const secrets = present && [`${present.name}@${present.version}`]
    const further = { ...(secrets && { secrets }), ...(note && { note }) }
    return this.#audit.append({ ...this.#members, ...further, upstreamStatus, kind: 'derivation.completed' })
  }

  /** A grant that is dead is an alarm: a person has to sign in again. */
  async refused({ code, facts }: CoatcheckError, upstreamStatus?: number): Promise<void> {
    const event = {
      ...this.#members,
      ...(upstreamStatus !== undefined && { upstreamStatus }),
      code,
      ...(facts['reason'] !== undefined && { note: String(facts['reason']) }),
    }
    await this.#audit.append({ ...event, kind: 'derivation.refused' })
    if (code === 'sign_in_needed') await this.#audit.append({ ...event, subject: this.#name, kind: 'alarm.raised' })
  }
}

import { findProvider, type Probe } from '@coatcheck/catalog'
import type { CheckedSecret, Scope, SecretView } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { type Finding, finding } from '../finding.ts'
import type { RequestOutcome } from '../probe-report.ts'

/** A stored secret that its provider can be asked about, and the variable that holds its placeholder meanwhile. */
export interface VendorCheck {
  readonly env: string
  readonly secret: SecretView
  readonly probe: Probe
}

/** Secrets that are asked about in one go. */
const maxChecks = 50

/** The stored secrets whose provider has a harmless call, without those that could not be used anyway. */
export async function vendorChecks(
  client: CoatcheckClient,
  checked: readonly CheckedSecret[],
  now: Date,
): Promise<readonly VendorCheck[]> {
  const isUsable = ({ problem, rotationDue }: CheckedSecret): boolean =>
    problem === null && (rotationDue === null || new Date(rotationDue) > now)
  const usable = new Set(checked.filter(isUsable).map(({ name }) => name))
  const checks: VendorCheck[] = []
  for (const name of usable) {
    const secret = await client.secrets.get(name)
    const probe = secret.provider === null ? undefined : findProvider(secret.provider)?.probe
    if (probe) checks.push({ env: `DOCTOR_${checks.length}`, secret, probe: probeAtOwnHost(probe, secret.scopes) })
    if (checks.length === maxChecks) break
  }
  return checks
}

/** The call at the host that a secret is stored with, where each customer has one below the call’s suffix. */
export function probeAtOwnHost(probe: Probe, scopes: readonly Scope[]): Probe {
  if (!probe.host.startsWith('*.')) return probe
  const hosts = scopes.map(({ to }) => to.replace(/^https:\/\//, '').replace(/\/.*$/, ''))
  const own = hosts.find((host) => !host.startsWith('*') && host.endsWith(probe.host.slice(1)))
  return own === undefined ? probe : { ...probe, host: own }
}

/** What the provider made of the call; no outcome means that the call could not be built. */
export function vendorFinding({ secret, probe }: VendorCheck, outcome: RequestOutcome | undefined): Finding {
  const check = `vendor: ${secret.name}`
  if (outcome === undefined)
    return finding(check, 'skipped', 'its scopes leave no place for a call that the catalog knows')
  const { status, code, failure, isTrue } = outcome
  if (failure !== undefined) return finding(check, 'failed', `the call to ${probe.host} failed inside: ${failure}`)
  if (code !== undefined) {
    const remedy = `Run \`coatcheck explain ${probe.method} https://${probe.host}${probe.path}\` for a sandbox with this secret.`
    return finding(check, 'failed', `the call to ${probe.host} was refused on the way: ${code}`, remedy)
  }
  if (status === 401 || status === 403 || isTrue === false) {
    const remedy = `Run \`coatcheck secret rotate ${secret.name}\` with a key that is good.`
    return finding(check, 'failed', `${probe.host} refuses the secret (${status})`, remedy)
  }
  if (status >= 200 && status < 400) return finding(check, 'ok', `${probe.host} accepts the secret`)
  return finding(check, 'warning', `${probe.host} answered ${status}, which says nothing of the secret`)
}

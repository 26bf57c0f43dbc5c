import { type Finding, finding } from '../finding.ts'
import type { ProbeReport } from '../probe-report.ts'

/** git is told of no repository, which it can only be told after it trusted the certificate. */
const trusted = /^ok$|not found|returned error: 4\d\d/i

/** Whether the clients of this machine trust the sandbox's authority inside, each with its own certificate store. */
export function checkClientTrust({ clients }: ProbeReport): readonly Finding[] {
  return Object.entries(clients).map(([name, outcome]) => {
    if (outcome === 'absent') return finding(`trust: ${name}`, 'skipped', `${name} is not there inside`)
    if (trusted.test(outcome)) return finding(`trust: ${name}`, 'ok', `${name} trusts the sandbox’s authority`)
    const remedy = `Let ${name} read the system’s certificates, or use the base URL of the service.`
    return finding(`trust: ${name}`, 'failed', `${name} does not trust the sandbox’s authority (${outcome})`, remedy)
  })
}

import type { RouteDocumentation } from './route-documentation.ts'
import { activityDocumentation } from './routes/activity.ts'
import { approvalDocumentation } from './routes/approvals.ts'
import { backupDocumentation } from './routes/backup.ts'
import { capDocumentation } from './routes/caps.ts'
import { checkupDocumentation } from './routes/checkup.ts'
import { configDocumentation } from './routes/config.ts'
import { decoyDocumentation } from './routes/decoys.ts'
import { explainDocumentation } from './routes/explain.ts'
import { grantDocumentation } from './routes/grants.ts'
import { healthDocumentation } from './routes/health.ts'
import { journalDocumentation } from './routes/journal.ts'
import { keyDocumentation } from './routes/keys.ts'
import { leaseDocumentation } from './routes/lease.ts'
import { lockdownDocumentation } from './routes/lockdown.ts'
import { metricsDocumentation } from './routes/metrics.ts'
import { openapiDocumentation } from './routes/openapi.ts'
import { profileDocumentation } from './routes/profiles.ts'
import { projectDocumentation } from './routes/projects.ts'
import { providerDocumentation } from './routes/providers.ts'
import { reachDocumentation } from './routes/reach.ts'
import { ruleDocumentation } from './routes/rules.ts'
import { sandboxDocumentation } from './routes/sandboxes.ts'
import { secretDocumentation } from './routes/secrets.ts'
import { sourceDocumentation } from './routes/sources.ts'
import { tokenDocumentation } from './routes/tokens.ts'
import { vaultDocumentation } from './routes/vault.ts'

/** Every route of the management API. One that is missing here is for administrators alone, and fails a test. */
export const documentation: readonly RouteDocumentation[] = [
  ...healthDocumentation,
  ...metricsDocumentation,
  ...openapiDocumentation,
  ...secretDocumentation,
  ...sourceDocumentation,
  ...sandboxDocumentation,
  ...leaseDocumentation,
  ...grantDocumentation,
  ...keyDocumentation,
  ...capDocumentation,
  ...checkupDocumentation,
  ...explainDocumentation,
  ...reachDocumentation,
  ...lockdownDocumentation,
  ...providerDocumentation,
  ...profileDocumentation,
  ...projectDocumentation,
  ...decoyDocumentation,
  ...ruleDocumentation,
  ...configDocumentation,
  ...approvalDocumentation,
  ...tokenDocumentation,
  ...activityDocumentation,
  ...journalDocumentation,
  ...vaultDocumentation,
  ...backupDocumentation,
]

import { git } from './cases/git.ts'
import { node } from './cases/node.ts'
import { otherClients } from './cases/other-clients.ts'
import { python } from './cases/python.ts'
import { sdkClients } from './cases/sdks.ts'
import { transferTools } from './cases/transfer-tools.ts'
import type { ClientCase } from './client-case.ts'

/** Every client, whichever way its requests take. */
export const allCases: readonly ClientCase[] = [
  ...transferTools,
  ...git,
  ...python,
  ...node,
  ...sdkClients,
  ...otherClients,
]

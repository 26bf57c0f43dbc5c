import { CoatcheckError } from '@coatcheck/contract'
import { processLauncher } from '@coatcheck/launchers'
import type { Work } from '../session.ts'
import { checkBrokerState } from './checks/broker-state.ts'
import { checkBypass } from './checks/bypass.ts'
import { checkClientTrust } from './checks/client-trust.ts'
import { checkKeyPlace } from './checks/key-place.ts'
import { type Finding, finding } from './finding.ts'
import { runProbe } from './run-probe.ts'

/** Every check, in the order in which a person would ask; each finding as soon as it is there. */
export async function* examine(work: Work, cwd: string): AsyncGenerator<Finding> {
  yield* checkBrokerState(await work.client.status())
  yield* checkKeyPlace(work.home)
  const { ok, missing } = await processLauncher.probe()
  if (!ok) {
    yield finding('fence', 'failed', 'this host cannot fence a sandbox', missing.join(' '))
    return
  }
  yield finding('fence', 'ok', 'this host can fence a sandbox, without an uplink')
  try {
    const probe = await runProbe(work, cwd)
    yield* checkBypass(probe)
    yield* checkClientTrust(probe.report)
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
    yield finding('bypass', 'failed', `no sandbox could be started to try it: ${error.message}`)
  }
}

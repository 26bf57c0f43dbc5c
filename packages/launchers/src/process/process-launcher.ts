import type { Launcher } from '../launcher.ts'
import { launchProcess } from './launch-process.ts'
import { probeProcessSandbox } from './probe.ts'

/**
 * Runs a command under bubblewrap in the network of a gateway. Needs Linux with user namespaces, and no root; as root it
 * becomes another user first.
 */
export const processLauncher: Launcher = {
  name: 'process',
  probe: probeProcessSandbox,
  launch: launchProcess,
}

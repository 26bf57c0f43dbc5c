import { type Finding, finding } from '../finding.ts'
import type { ProbeResult } from '../run-probe.ts'

const check = 'bypass'

/** Whether anything that was tried from inside went past the broker. */
export function checkBypass({ report, arrivals }: ProbeResult): readonly Finding[] {
  const attempts = [...report.tcp, ...report.udp]
  const reached = attempts.filter(([, outcome]) => outcome === 'reached' || outcome === 'answered')
  const read = report.files.filter(([, outcome]) => /^(?:read|listed) [1-9]/.test(outcome))
  const network =
    reached.length === 0 && arrivals === 0
      ? finding(check, 'ok', `${attempts.length} attempts to get past the broker, none of which reached anything`)
      : finding(
          check,
          'failed',
          `the sandbox got past the broker: ${reached.map(([what]) => what).join(', ') || 'something arrived'}`,
          'Do not run agents here; report this.',
        )
  const files =
    read.length === 0
      ? finding('files', 'ok', 'vault, keys, sockets and the logins of this machine cannot be read from inside')
      : finding(
          'files',
          'failed',
          `the sandbox can read ${read.map(([path]) => path).join(', ')}`,
          'Do not run agents here; report this.',
        )
  const environment = report.canary
    ? finding(
        'environment',
        'failed',
        'the environment of this command can be read from inside',
        'Do not run agents here; report this.',
      )
    : finding('environment', 'ok', 'no process inside has anything of this command’s environment')
  return [network, files, environment]
}

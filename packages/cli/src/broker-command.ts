import { fileURLToPath } from 'node:url'

/** Where programs of the system are, whatever the caller's PATH says. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Variables of the caller that a broker gets; they say where the home is and how to write, and steer nothing. */
const passed = ['HOME', 'LANG', 'TZ']

/**
 * Flags of Node for a broker process: no inspector by signal, and how V8 uses memory. What a request is made of lives for less than new space
 * takes to fill; allocated as old straight away, dead objects would keep each other until all memory is looked through. And buffers that are read into
 * would have that done for every 64 MiB of a body, if they were not counted with everything else.
 */
const brokerFlags = [
  '--disable-sigusr1',
  '--max-semi-space-size=16',
  '--no-allocation-site-pretenuring',
  '--external-memory-accounted-in-global-limit',
]

/** How a broker process is started: program, arguments, and its whole environment. */
export interface BrokerCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * The command of a broker process. SECURITY: SEC-05. Absolute paths, an environment that is an allow list, no inspector by
 * signal, no core file, and no file that others may read.
 */
export function brokerCommand(environment: Readonly<NodeJS.ProcessEnv>): BrokerCommand {
  const entry = fileURLToPath(import.meta.resolve('@coatcheck/broker/process'))
  const flags = [...brokerFlags]
  // `process.execArgv` is not handed on by itself; without the condition, packages resolve to what was compiled.
  if (entry.endsWith('.ts')) flags.push('--conditions=source')
  const kept = passed.flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    file: '/bin/sh',
    args: ['-c', 'ulimit -c 0; umask 077; exec "$@"', 'coatcheck-broker', process.execPath, ...flags, entry],
    env: { ...Object.fromEntries(kept), PATH: systemPath },
  }
}

import { resolve } from 'node:path'
import type { BrokerSettings } from '@coatcheck/broker'
import { type Command, InvalidArgumentError } from 'commander'
import { collect } from './parse-scopes.ts'

/** Options that say how services are reached. */
export interface WayOptions {
  readonly upstreamProxy?: string
  readonly upstreamProxyFile?: string
  readonly upstreamProxyExcept?: readonly string[]
  readonly roots?: string
}

/** Adds the options that say how services are reached to a command. */
export function addWayOptions(command: Command): Command {
  return command
    .option('--upstream-proxy <url>', 'reach every service through this proxy', parseProxyUrl)
    .option('--upstream-proxy-file <file>', 'read the URL of that proxy, with user and password, from this file')
    .option('--upstream-proxy-except <host>', 'reach this host, or .suffix, without it (repeatable)', collect)
    .option('--roots <file>', 'trust these root certificates too, PEM')
}

/** The settings that these options ask for; paths are made absolute. */
export function wayFrom(
  { upstreamProxy, upstreamProxyFile, upstreamProxyExcept, roots }: WayOptions,
  cwd: string,
): Pick<BrokerSettings, 'upstreamProxy' | 'upstreamProxyFile' | 'upstreamProxyExcept' | 'rootsFile'> {
  return {
    ...(upstreamProxy !== undefined && { upstreamProxy }),
    ...(upstreamProxyFile !== undefined && { upstreamProxyFile: resolve(cwd, upstreamProxyFile) }),
    ...(upstreamProxyExcept !== undefined && { upstreamProxyExcept }),
    ...(roots !== undefined && { rootsFile: resolve(cwd, roots) }),
  }
}

/** SECURITY: arguments stand in process lists, so a password is refused there. */
function parseProxyUrl(text: string): string {
  if (text.includes('@')) {
    throw new InvalidArgumentError('User and password belong into a file: use --upstream-proxy-file.')
  }
  return text
}

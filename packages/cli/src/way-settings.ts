import { resolve } from 'node:path'
import type { BrokerSettings } from '@coatcheck/broker'
import { type Command, InvalidArgumentError } from 'commander'
import { collect } from './parse-scopes.ts'
import { parseSize } from './parse-size.ts'

/** Options that say how services are reached. */
export interface WayOptions {
  /** False where a command has an option for none. */
  readonly upstreamProxy?: string | false
  readonly upstreamProxyFile?: string
  readonly upstreamProxyExcept?: readonly string[]
  readonly roots?: string
  readonly maxRequestBytes?: number
  readonly maxResponseBytes?: number
}

/** Settings that these options make. */
type WaySettings = Pick<
  BrokerSettings,
  'upstreamProxy' | 'upstreamProxyFile' | 'upstreamProxyExcept' | 'rootsFile' | 'maxRequestBytes' | 'maxResponseBytes'
>

/** Adds the options that say how services are reached to a command. */
export function addWayOptions(command: Command): Command {
  return command
    .option('--upstream-proxy <url>', 'reach every service through this proxy', parseProxyUrl)
    .option('--upstream-proxy-file <file>', 'read the URL of that proxy, with user and password, from this file')
    .option('--upstream-proxy-except <host>', 'reach this host, or .suffix, without it (repeatable)', collect)
    .option('--roots <file>', 'trust these root certificates too, PEM')
    .option('--max-request-bytes <size>', 'refuse longer bodies of requests: 10000, 64M, 2G (default: none)', parseSize)
    .option('--max-response-bytes <size>', 'refuse longer bodies of responses (default: none)', parseSize)
}

/** The settings that these options ask for; paths are made absolute. */
export function wayFrom(
  { upstreamProxy, upstreamProxyFile, upstreamProxyExcept, roots, maxRequestBytes, maxResponseBytes }: WayOptions,
  cwd: string,
): WaySettings {
  return {
    ...(upstreamProxy !== undefined && { upstreamProxy }),
    ...(upstreamProxyFile !== undefined && { upstreamProxyFile: resolve(cwd, upstreamProxyFile) }),
    ...(upstreamProxyExcept !== undefined && { upstreamProxyExcept }),
    ...(roots !== undefined && { rootsFile: resolve(cwd, roots) }),
    ...(maxRequestBytes !== undefined && { maxRequestBytes }),
    ...(maxResponseBytes !== undefined && { maxResponseBytes }),
  }
}

/** SECURITY: arguments stand in process lists, so a password is refused there. */
function parseProxyUrl(text: string): string {
  if (text.includes('@')) {
    throw new InvalidArgumentError('User and password belong into a file: use --upstream-proxy-file.')
  }
  return text
}

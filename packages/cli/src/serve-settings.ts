import { resolve } from 'node:path'
import type { BrokerSettings, DoorSettings, ListenAddress } from '@coatcheck/broker'
import { CoatcheckError } from '@coatcheck/contract'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { addWayOptions, type WayOptions, wayFrom } from './way-settings.ts'

/** Options of `serve` that make the broker's settings. */
export interface ServeOptions extends WayOptions {
  readonly config?: string
  readonly proxy?: ListenAddress
  readonly proxyUrl?: string
  readonly proxyCert?: string
  readonly proxyKey?: string
  readonly socksClear?: boolean
  readonly connections?: string
  readonly api?: ListenAddress
  readonly apiUrl?: string
  readonly apiCert?: string
  readonly apiKey?: string
  readonly passphraseFile?: string
  readonly sources?: string
  readonly workers?: number
  readonly httpPlane?: 'own' | 'reference'
}

/** Adds the options of a broker's settings to a command. */
export function addServeOptions(command: Command): Command {
  const withDoors = command
    .option('--config <file>', 'take the options below from this file, in YAML, where they are not given')
    .option('--proxy <host:port>', 'listen for registered sandboxes: proxy, base URLs, agent door', parseListenAddress)
    .option('--proxy-url <url>', 'how sandboxes elsewhere call that listener')
    .option('--proxy-cert <file>', 'its certificate chain, PEM; needed off loopback')
    .option('--proxy-key <file>', 'the private key of that certificate, PEM')
    .option(
      '--socks-clear',
      'SOCKS5 without TLS, for sandboxes that have --from; whoever is on the way reads their tokens',
    )
    .option(
      '--connections <address[:first-last]>',
      'where sandboxes that have --from reach databases and the like, a port for each; on loopback beside --proxy when absent',
    )
    .option('--api <host:port>', 'listen for the management API, with tokens', parseListenAddress)
    .option('--api-url <url>', 'how clients elsewhere call that listener')
    .option('--api-cert <file>', 'its certificate chain, PEM; needed off loopback')
    .option('--api-key <file>', 'the private key of that certificate, PEM')
  return (
    addWayOptions(withDoors)
      .option('--no-upstream-proxy', 'reach every service without a proxy, whatever the settings of the home say')
      .option('--passphrase-file <file>', 'read the passphrase of the key from this file')
      .option('--sources <file>', 'take sources from this file, and not from the home')
      .option('--workers <n>', 'threads for the traffic of registered sandboxes; Linux only', parseWorkers)
      // For measurements alone: nobody else has a reason to choose.
      .addOption(new Option('--http-plane <plane>', 'how HTTP is spoken').choices(['own', 'reference']).hideHelp())
  )
}

/** The settings that a command's options ask for; paths are made absolute. */
export function settingsFrom(options: ServeOptions, cwd: string): BrokerSettings {
  const { proxy, api, httpPlane, passphraseFile } = options
  demandDoor('proxy', proxy, [options.proxyUrl, options.proxyCert, options.proxyKey])
  if (options.socksClear === true && proxy === undefined) {
    const reason = '--socks-clear says something about a listener, and there is none'
    throw new CoatcheckError('settings_invalid', { reason, hint: 'Add --proxy HOST:PORT.' })
  }
  if (options.connections !== undefined && proxy === undefined) {
    const reason = '--connections says something about a listener, and there is none'
    throw new CoatcheckError('settings_invalid', { reason, hint: 'Add --proxy HOST:PORT.' })
  }
  demandDoor('api', api, [options.apiUrl, options.apiCert, options.apiKey])
  if (options.upstreamProxy === false && options.upstreamProxyFile !== undefined) {
    const reason = '--no-upstream-proxy and --upstream-proxy-file say opposite things'
    throw new CoatcheckError('settings_invalid', { reason, hint: 'Leave one of them out.' })
  }
  return {
    ...(proxy && {
      proxy: {
        ...door(proxy, options.proxyUrl, options.proxyCert, options.proxyKey, cwd),
        ...(options.socksClear === true && { socksClear: true }),
        ...(options.connections !== undefined && { connections: options.connections }),
      },
    }),
    ...(api && { api: door(api, options.apiUrl, options.apiCert, options.apiKey, cwd) }),
    ...wayFrom(options, cwd),
    ...(httpPlane !== undefined && { httpPlane }),
    ...(passphraseFile !== undefined && { passphraseFile: resolve(cwd, passphraseFile) }),
    ...(options.sources !== undefined && { sourcesFile: resolve(cwd, options.sources) }),
    ...(options.workers !== undefined && { workers: options.workers }),
  }
}

/** @throws CoatcheckError `settings_invalid` */
function demandDoor(name: string, listen: ListenAddress | undefined, about: readonly (string | undefined)[]): void {
  if (listen !== undefined || about.every((option) => option === undefined)) return
  const reason = `--${name}-url, --${name}-cert and --${name}-key say something about a listener, and there is none`
  throw new CoatcheckError('settings_invalid', { reason, hint: `Add --${name} HOST:PORT.` })
}

function door(
  listen: ListenAddress,
  publicUrl: string | undefined,
  certificate: string | undefined,
  key: string | undefined,
  cwd: string,
): DoorSettings {
  const hasFiles = certificate !== undefined && key !== undefined
  if (!hasFiles && (certificate ?? key) !== undefined) {
    throw new CoatcheckError('settings_invalid', { reason: 'a certificate and its key are given together' })
  }
  return {
    listen,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(hasFiles && { tls: { certificateFile: resolve(cwd, certificate), keyFile: resolve(cwd, key) } }),
  }
}

function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('Write host:port, e.g. 127.0.0.1:7071.')
  return { host, port: Number(port) }
}

/** How many there may be is for the broker to say, which knows its machine. */
function parseWorkers(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Write a whole number, e.g. 2.')
  return Number(text)
}

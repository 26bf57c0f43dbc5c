import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import { plainAddress } from '../foundation/cidr-block.ts'
import { type DoorAddress, isLoopback } from '../foundation/door-address.ts'
import { readSettingFile } from './read-setting-file.ts'
import type { DoorSettings, ProxyDoorSettings } from './settings.ts'

/**
 * Reads the settings of a door. SECURITY: R-94. Off loopback it speaks TLS only, so without a certificate it is not opened.
 * @throws CoatcheckError `settings_invalid` | `tls_required`
 */
export function readDoor(
  setting: 'proxy' | 'api',
  { listen, tls, publicUrl, socksClear = false, connections }: ProxyDoorSettings,
): DoorAddress {
  const host = listen.host === 'localhost' ? '127.0.0.1' : plainAddress(listen.host)
  if (host === undefined || isIP(listen.host.replace('localhost', host)) === 0) {
    throw new CoatcheckError('settings_invalid', { setting, reason: 'write an IP address or localhost, and a port' })
  }
  const address = { host, port: listen.port, socksClear }
  if (tls === undefined && !isLoopback(host)) {
    throw new CoatcheckError('tls_required', { setting, address: `${host}:${listen.port}` })
  }
  const url = publicUrl === undefined ? {} : { publicUrl: checkUrl(setting, publicUrl, tls !== undefined) }
  const ports = connections === undefined ? {} : { connections: readPorts(connections, publicUrl) }
  return { ...address, ...url, ...ports, ...(tls === undefined ? {} : { tls: readPair(setting, tls) }) }
}

/** Privileged ports are others'. */
const lowestPort = 1_024

/** @throws CoatcheckError `settings_invalid` */
function readPorts(text: string, publicUrl: string | undefined): NonNullable<DoorAddress['connections']> {
  const setting = 'connections'
  const [, host = '', first, last] = /^([\d.]+)(?::(\d{1,5})-(\d{1,5}))?$/.exec(text) ?? []
  const ports = first === undefined ? undefined : ([Number(first), Number(last)] as const)
  const isRange = ports === undefined || (ports[0] >= lowestPort && ports[0] <= ports[1] && ports[1] <= 65_535)
  if (isIP(host) !== 4 || !isRange) {
    const reason = `write an IPv4 address, and ports from ${lowestPort} on if you like: 172.17.0.1:20000-20999`
    throw new CoatcheckError('settings_invalid', { setting, reason })
  }
  if (host === '0.0.0.0' && publicUrl === undefined) {
    const reason = 'every address is no address to call: say how sandboxes call this machine'
    throw new CoatcheckError('settings_invalid', { setting, reason, hint: 'Add a URL of the proxy, with a name.' })
  }
  return { host, ...(ports && { ports }) }
}

function readPair(setting: string, { certificateFile, keyFile }: NonNullable<DoorSettings['tls']>) {
  const certificate = readSettingFile(`${setting} certificate`, certificateFile)
  const key = readSettingFile(`${setting} key`, keyFile, { secret: true })
  try {
    createSecureContext({ cert: certificate, key })
  } catch {
    // SECURITY: what the TLS library says may quote the key; it is dropped, cause included.
    const reason = 'the certificate and its key are not PEM, or do not belong together'
    throw new CoatcheckError('settings_invalid', { setting, reason })
  }
  return { certificate, key }
}

function checkUrl(setting: string, text: string, hasTls: boolean): string {
  const url = URL.parse(text)
  const fits = url?.protocol === 'https:' || (url?.protocol === 'http:' && (!hasTls || isLoopbackName(url.hostname)))
  const bare = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (fits && bare && url.pathname === '/') return url.origin
  const reason = 'the URL is a scheme, a host and a port, and https off loopback'
  throw new CoatcheckError('settings_invalid', { setting, reason })
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

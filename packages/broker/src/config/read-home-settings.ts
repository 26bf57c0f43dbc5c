import { lstatSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { readPrivateFile } from '../vault/private-file.ts'
import { type Home, homePaths } from './home.ts'
import { isByteCount } from './is-byte-count.ts'
import type { BrokerSettings } from './settings.ts'

/** What a home says about the way to services, for every broker that works in it. Files are absolute paths. */
export type HomeSettings = Pick<
  BrokerSettings,
  'upstreamProxy' | 'upstreamProxyFile' | 'upstreamProxyExcept' | 'rootsFile' | 'maxRequestBytes' | 'maxResponseBytes'
>

/** Longest file of settings, in bytes. */
const maxBytes = 65_536
const maxTextLength = 4_096
const maxExceptions = 1_000

/** How the file fails when it is the way to it that is wrong. */
const unreachable: ReadonlySet<string> = new Set(['EACCES', 'ELOOP', 'ENOTDIR'])

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= maxTextLength
const isPath = (value: unknown) => isText(value) && isAbsolute(value)

/** What each setting must be: its check, and how a refusal says it. */
const forms: Readonly<Record<keyof HomeSettings, readonly [fits: (value: unknown) => boolean, form: string]>> = {
  // SECURITY: the file holds no secret. A URL with a login belongs into a file of its own.
  upstreamProxy: [(value) => isText(value) && !value.includes('@'), 'a URL without user and password'],
  upstreamProxyFile: [isPath, 'an absolute path'],
  upstreamProxyExcept: [
    (value) => Array.isArray(value) && value.length <= maxExceptions && value.every(isText),
    'a list of hosts',
  ],
  rootsFile: [isPath, 'an absolute path'],
  maxRequestBytes: [isByteCount, 'a number of bytes'],
  maxResponseBytes: [isByteCount, 'a number of bytes'],
}

/**
 * The settings in a home; none where it has no file of them. SECURITY: who writes this file decides where secrets go, so it
 * lies beside the key, and one that is a link, of somebody else, or open to others is refused.
 * @throws CoatcheckError `settings_invalid`
 */
export function readHomeSettings(home: Home): HomeSettings {
  const { settings: path } = homePaths(home)
  const refuse = (reason: string, cause?: unknown) =>
    new CoatcheckError('settings_invalid', { path, reason }, { cause })
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return {}
    const content = readPrivateFile(path, maxBytes)
    if (content.length > maxBytes) throw refuse('it is too large')
    return checkHomeSettings(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A folder that cannot be looked into holds the key as well, and is refused in better words when the home is opened.
    if (unreachable.has(code ?? '')) return {}
    if (error instanceof CoatcheckError) throw refuse(String(error.facts['reason']), error)
    // SECURITY: what a parser says may quote what somebody wrote there by mistake.
    throw error instanceof SyntaxError || error instanceof TypeError
      ? refuse('it is not JSON')
      : refuse(code ?? 'it cannot be read')
  }
}

/** The files that settings name. */
export function filesOf({ upstreamProxyFile, rootsFile }: HomeSettings): readonly string[] {
  return [upstreamProxyFile, rootsFile].filter((path) => path !== undefined)
}

/** Takes settings for what they are meant to be, or refuses them. @throws CoatcheckError `settings_invalid` */
export function checkHomeSettings(read: unknown): HomeSettings {
  const refuse = (reason: string) => new CoatcheckError('settings_invalid', { reason })
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw refuse('it is not a JSON object')
  for (const [name, value] of Object.entries(read)) {
    const [fits, form] = Object.hasOwn(forms, name) ? forms[name as keyof HomeSettings] : []
    // SECURITY: a name is not repeated either; somebody may have put a value in its place.
    if (fits === undefined) throw refuse(`it has something else than ${Object.keys(forms).join(', ')}`)
    if (!fits(value)) throw refuse(`${name} is not ${form}`)
  }
  const settings = read as HomeSettings
  if (settings.upstreamProxy !== undefined && settings.upstreamProxyFile !== undefined)
    throw refuse('upstreamProxy and upstreamProxyFile are two ways to say one thing')
  return settings
}

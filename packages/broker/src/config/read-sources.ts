import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { findProvider, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, installationProject } from '@coatcheck/contract'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import { leadsInto } from '../foundation/real-path.ts'
import type { ConfiguredSource, SourceReach } from '../sources/configured-source.ts'
import { sourceKinds } from '../sources/registry.ts'
import type { DialControl, SourceKind, SourceParts } from '../sources/source-kind.ts'
import { readRoots } from '../upstream/read-roots.ts'
import { type Home, homePaths } from './home.ts'
import { readOwnedFile } from './read-owned-file.ts'
import { readSettingFile } from './read-setting-file.ts'
import type { BrokerSettings } from './settings.ts'

/** Longest file of sources, in bytes. */
const maxBytes = 262_144
const defaultFreshSeconds = 60
const defaultMaxAgeSeconds = 3_600
const defaultTimeoutSeconds = 10
const maxAgeLimitSeconds = 7 * 24 * 60 * 60

const reach = z.union([
  z.string().min(1).max(2048),
  z.strictObject({
    to: z.string().min(1).max(2048),
    pin: z
      .strictObject({ address: z.union([z.ipv4(), z.ipv6()]), port: z.int().min(1).max(65_535).exactOptional() })
      .exactOptional(),
    rootsFile: z.string().startsWith('/').exactOptional(),
    allowPrivate: z.boolean().exactOptional(),
  }),
])

/** What every source has, whatever its kind. */
const common = z.object({
  kind: z.string().min(1).max(64),
  /** The project whose secrets may have it. */
  project: z.string().min(1).max(63).default(installationProject),
  to: z.array(reach).max(64).default([]),
  /** Of the catalog: the secret may go to its hosts. */
  provider: z.string().min(1).max(64).exactOptional(),
  freshForSeconds: z.int().min(1).max(86_400).default(defaultFreshSeconds),
  maxAgeSeconds: z.int().min(0).max(maxAgeLimitSeconds).default(defaultMaxAgeSeconds),
  /** Further roots for the service of this source. */
  rootsFile: z.string().startsWith('/').exactOptional(),
  timeoutSeconds: z.int().min(1).max(60).default(defaultTimeoutSeconds),
})

const file = z.strictObject({
  sources: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/), z.looseObject({})),
})

/** A source as it was written, checked and not opened. */
interface DescribedSource extends z.infer<typeof common> {
  readonly name: string
  readonly source: SourceKind
  readonly options: Readonly<Record<string, unknown>>
}

/** The file of sources that a broker works with. */
export interface DescribedSources {
  readonly described: readonly DescribedSource[]
  /** For the audit journal: which file it was, by its content; empty where there is none. */
  readonly summary: string
}

/**
 * The sources of a broker: those of the file that it was started with, or those of its home. SECURITY: SEC-06. A file is
 * read from nowhere else, so that none of a working directory decides what the broker runs or reads.
 * @throws CoatcheckError `settings_invalid`
 */
export function readSources(home: Home, { sourcesFile }: Pick<BrokerSettings, 'sourcesFile'>): DescribedSources {
  const path = sourcesFile ?? homePaths(home).sources
  if (sourcesFile === undefined && !existsSync(path)) return { described: [], summary: '' }
  const sources = describeSources(path, readSourceFile(path))
  demandElsewhere(home, path, sources)
  return sources
}

/** SECURITY: SEC-15. No source reads the key, the database or whatever else the broker keeps for itself. @throws CoatcheckError `settings_invalid` */
export function demandElsewhere({ data, keys, run }: Home, path: string, { described }: DescribedSources): void {
  for (const { name, source, options } of described) {
    const isOwn = source.placesOf(options).some((place) => [data, keys, run].some((folder) => leadsInto(place, folder)))
    if (isOwn) throw invalid(path, `${name} names something in the home of the broker itself`)
  }
}

/** Takes the text of a file of sources for what it is meant to be. @throws CoatcheckError `settings_invalid` */
export function describeSources(path: string, text: string): DescribedSources {
  const { sources } = checked(path, 'it', file, parseYaml(path, text))
  const described = Object.entries(sources).map(([name, { ...written }]) => {
    const shared = checked(path, name, common, written)
    const source = sourceKinds.find(({ kind }) => kind === shared.kind)
    if (source === undefined) {
      throw invalid(path, `${name}: kind is none of ${sourceKinds.map(({ kind }) => kind).join(', ')}`)
    }
    if (shared.provider !== undefined && findProvider(shared.provider) === undefined)
      throw invalid(path, `${name}: provider is none of the catalog`)
    if (shared.to.length === 0 && hostsOf(shared.provider).length === 0)
      throw invalid(path, `${name}: to is missing, or a provider whose hosts are known`)
    for (const field of Object.keys(common.shape)) delete written[field]
    checked(path, name, source.options, written)
    return { ...shared, name, source, options: written }
  })
  return { described, summary: `sources sha256:${createHash('sha256').update(text).digest('hex')}` }
}

/** What sources are opened with; each is dialled with roots of its own. */
export interface OpenSourcesParts extends Omit<SourceParts, 'dial'> {
  readonly dialWith: (roots: string | undefined) => DialControl
}

/** Makes the sources that were described. @throws CoatcheckError `settings_invalid` | `scope_invalid` */
export function openSources(
  { described }: DescribedSources,
  { dialWith, ...parts }: OpenSourcesParts,
): readonly ConfiguredSource[] {
  return described.map(({ name, project, source, options, rootsFile, to, provider, ...times }) => ({
    name,
    project,
    source: source.open(options, { ...parts, dial: dialWith(rootsFile && rootsIn(rootsFile)) }),
    to: [...to.map(reachOf), ...hostsOf(provider)],
    freshForMs: times.freshForSeconds * 1000,
    maxAgeMs: times.maxAgeSeconds * 1000,
    timeoutMs: times.timeoutSeconds * 1000,
  }))
}

function reachOf(written: z.infer<typeof reach>): SourceReach {
  const { rootsFile, to, ...rest } = typeof written === 'string' ? { to: written } : written
  const isInternal = rest.pin !== undefined || rest.allowPrivate === true
  const { text } = parseDestinationPattern(to, { clearText: isInternal })
  return { to: text, ...rest, ...(rootsFile !== undefined && { roots: rootsIn(rootsFile) }) }
}

/** With the addresses at which tokens are asked for. SECURITY: providers that were described through the API are none of the operator's configuration. */
function hostsOf(provider: string | undefined): readonly SourceReach[] {
  const found = provider === undefined ? undefined : findProvider(provider)
  if (found === undefined) return []
  const named = scopesOf(found).flatMap(({ to, inject: { tokenUrl } }) =>
    typeof tokenUrl === 'string' ? [to, tokenUrl] : [to],
  )
  return named.map((to) => ({ to }))
}

function rootsIn(path: string): string {
  return readRoots(readSettingFile('roots', path), 'settings_invalid')
}

/** The text of a file of sources, which runs programs as the broker. @throws CoatcheckError `settings_invalid` */
export function readSourceFile(path: string): string {
  return readOwnedFile(path, maxBytes, (reason) => invalid(path, reason))
}

function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true })
  const [fault] = document.errors
  if (fault !== undefined) {
    const { line } = fault.linePos?.[0] ?? {}
    throw invalid(path, `it is not YAML${line === undefined ? '' : `: see line ${line}`}`)
  }
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    throw invalid(path, 'it has aliases')
  }
}

/** SECURITY: says which field is wrong and never what stands in it; somebody may have put a value there. */
function checked<Output>(path: string, place: string, schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue?.path.filter((step) => typeof step === 'string').join('.') ?? ''
  const what = issue?.code === 'unrecognized_keys' ? 'has fields that do not exist' : 'is not as it should be'
  throw invalid(path, `${place}${field === '' ? '' : `: ${field}`} ${what}`)
}

function invalid(path: string, reason: string): CoatcheckError {
  return new CoatcheckError('settings_invalid', { path, reason, hint: 'docs/sources.md shows the form of the file.' })
}

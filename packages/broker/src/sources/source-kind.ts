import type { Duplex } from 'node:stream'
import type { ZodType } from 'zod'
import type { Clock } from '../foundation/clock.ts'
import type { Source } from './source.ts'

/** Opens a connection to a service of the operator's own, over verified TLS where the URL says `https`. */
export type DialControl = (url: URL, signal: AbortSignal) => Promise<Duplex>

/** What sources are made with. */
export interface SourceParts {
  readonly clock: Pick<Clock, 'now'>
  readonly dial: DialControl
  /** Folder of the user, for programs that keep their things there. */
  readonly homeFolder: string
  /** Variables that were handed over for sources, by name. SECURITY: they are values. */
  readonly variables: ReadonlyMap<string, string>
}

/** A kind of source with its options still unread. */
export interface SourceKind {
  readonly kind: string
  /** What the configuration may say of one, beside `kind`. */
  readonly options: ZodType
  /** Makes a source of options in the form of `options`. @throws CoatcheckError `settings_invalid` */
  open(options: unknown, parts: SourceParts): Source
  /** Names of the variables that a source with these options reads. */
  variablesOf(options: unknown): readonly string[]
  /** Absolute paths of the files that such a source reads, and of the programs that it runs. */
  placesOf(options: unknown): readonly string[]
}

/** Keeps the options of a kind typed inside of it. */
export function defineSourceKind<Options>(kind: {
  readonly kind: string
  readonly options: ZodType<Options>
  open(options: Options, parts: SourceParts): Source
  variablesOf?(options: Options): readonly string[]
  placesOf?(options: Options): readonly string[]
}): SourceKind {
  return {
    kind: kind.kind,
    options: kind.options,
    open: (options, parts) => kind.open(kind.options.parse(options), parts),
    variablesOf: (options) => kind.variablesOf?.(kind.options.parse(options)) ?? [],
    placesOf: (options) => kind.placesOf?.(kind.options.parse(options)) ?? [],
  }
}

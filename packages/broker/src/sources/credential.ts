import { z } from 'zod'
import { envSource } from './kinds/env-source.ts'
import { execSource } from './kinds/exec-source.ts'
import { fileSource } from './kinds/file-source.ts'
import type { Source } from './source.ts'
import type { SourceKind, SourceParts } from './source-kind.ts'

const kinds: readonly SourceKind[] = [envSource, execSource, fileSource]

/** Where the credential for a service comes from: a source on this machine, as the configuration writes one. */
export const credential = z.looseObject({ kind: z.enum(['env', 'exec', 'file']) }).refine((written) => {
  const { kind, ...options } = written
  return kindOf(kind).options.safeParse(options).success
}, 'must be a source on this machine')

/** A credential as it was written. */
export type WrittenCredential = z.infer<typeof credential>

/** Opens the source of a credential. */
export function openCredential({ kind, ...options }: WrittenCredential, parts: SourceParts): Source {
  return kindOf(kind).open(options, parts)
}

/** Names of the variables that a credential is read from. */
export function variablesOfCredential({ kind, ...options }: WrittenCredential): readonly string[] {
  return kindOf(kind).variablesOf(options)
}

/** Absolute paths of what a credential is read from. */
export function placesOfCredential({ kind, ...options }: WrittenCredential): readonly string[] {
  return kindOf(kind).placesOf(options)
}

/** The text of a credential, for as long as one question takes. @throws CoatcheckError `source_unavailable` */
export async function readCredential(source: Source, signal: AbortSignal): Promise<string> {
  const { value } = await source.read(signal)
  using shortLived = value
  return shortLived.use((bytes) => Buffer.from(bytes).toString())
}

function kindOf(name: string): SourceKind {
  return kinds.find(({ kind }) => kind === name)!
}

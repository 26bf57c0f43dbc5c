import { envSource } from './kinds/env-source.ts'
import { execSource } from './kinds/exec-source.ts'
import { fileSource } from './kinds/file-source.ts'
import type { SourceKind } from './source-kind.ts'

/** Every kind of source. */
export const sourceKinds: readonly SourceKind[] = [envSource, execSource, fileSource]

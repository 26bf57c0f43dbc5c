import type { EscapeCase } from '../sandbox-bench.ts'
import { fileCases } from './file-cases.ts'
import { nameCases } from './name-cases.ts'
import { networkCases } from './network-cases.ts'
import { processCases } from './process-cases.ts'

/** Every case that needs no more than one sandbox, in the order of the list. */
export const escapeCases: readonly EscapeCase[] = [...networkCases, ...nameCases, ...processCases, ...fileCases].sort(
  (left, right) => left.item - right.item,
)

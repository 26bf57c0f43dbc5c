import type { ConnectRecipe } from '@coatcheck/contract'
import { fieldLines } from '../table.ts'

/** What is told about a sandbox that was connected. */
export interface ConnectedSandbox extends Omit<ConnectRecipe, 'env' | 'files'> {
  readonly sandbox: string
  readonly expiresAt: string
  readonly folder: string
  /** Paths in the folder. */
  readonly files: readonly string[]
}

/** How a person goes on with a recipe whose files were written. */
export function recipeLines(connected: ConnectedSandbox): readonly string[] {
  const { sandbox, expiresAt, folder, start, teardown, fence, warnings } = connected
  return [
    ...fieldLines([
      ['sandbox', sandbox],
      ['expires', expiresAt],
      ['files', folder],
    ]),
    '',
    'To start it:',
    ...toRun(start, 'start.sh'),
    '',
    'To end it here when it ends there:',
    ...toRun(teardown, 'teardown.sh'),
    '',
    `Fence: ${fence}`,
    ...warnings.map((warning) => `Note: ${warning}`),
  ]
}

/** A script is a file in the folder; its comments say how it is called. */
function toRun(text: string, file: string): readonly string[] {
  const [first = '', ...rest] = text.split('\n')
  if (!first.startsWith('#!')) return [first, ...rest].map(indented)
  const remarks = rest.filter((line) => line.startsWith('# ')).map((line) => line.slice(2))
  return [`${file}: ${remarks.join(' ')}`].map(indented)
}

function indented(line: string): string {
  return `  ${line}`
}

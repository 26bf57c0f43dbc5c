import type { ConnectRecipe } from '@coatcheck/contract'
import { fieldLines } from '../table.ts'

/** What is told about a sandbox that was connected. */
export interface ConnectedSandbox {
  readonly sandbox: string
  readonly expiresAt: string
  readonly folder: string
  readonly recipe: ConnectRecipe
}

/** How a person goes on with a recipe whose files were written. */
export function recipeLines({ sandbox, expiresAt, folder, recipe }: ConnectedSandbox): readonly string[] {
  const { start, teardown, fence, warnings } = recipe
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

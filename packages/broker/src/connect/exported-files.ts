import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecipeFile } from '@coatcheck/contract'
import type { ConnectPlan } from './connect-plan.ts'

const preloadPath = join(import.meta.dirname, '../../assets/node-preload.cjs')

/** The files that every registered sandbox gets. Only public parts: certificates and a script. */
export function exportedFiles({ ca, roots }: ConnectPlan): readonly RecipeFile[] {
  const authority = `${ca.trimEnd()}\n`
  return [
    { path: 'ca.pem', content: authority, confidential: false },
    {
      path: 'ca-bundle.pem',
      content: [...roots, authority].map((block) => `${block.trimEnd()}\n`).join(''),
      confidential: false,
    },
    { path: 'node-preload.cjs', content: readFileSync(preloadPath, 'utf8'), confidential: false },
  ]
}

/** An environment as a file of `NAME=value` lines, as Docker and systemd read it: no quotes, no escapes. */
export function environmentFile(path: string, env: Readonly<Record<string, string>>): RecipeFile {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
  return { path, content: lines.join(''), confidential: true }
}

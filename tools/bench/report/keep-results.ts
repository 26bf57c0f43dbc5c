import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../../../test/fixtures/source-files.ts'
import type { Results } from './results.ts'

/** Writes results under `docs/benchmarks`, named after day and processor, and never over others. @returns the path */
export function keepResults(results: Results): string {
  const folder = join(repositoryRoot, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  const { machine, startedAt } = results
  const name = `${startedAt.slice(0, 10)}-${machine.processor}-${machine.cores}-cores`
    .toLowerCase()
    .replace(/\((?:r|tm)\)/g, '')
    .replace(/[^a-z0-9]+/g, '-')
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? `${name}.json` : `${name}-${number}.json`)
    if (existsSync(path)) continue
    writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
    return path
  }
}

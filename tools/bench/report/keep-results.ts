import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../../../test/fixtures/source-files.ts'
import type { Results } from './results.ts'
import { reportText } from './tables.ts'

const usualFolder = join(repositoryRoot, 'docs', 'benchmarks')
/** A path of a file on this machine, as a program says it that could not be started. */
const place = /(?<![\w.])(?:\/[\w.@+~-]+){2,}/g

/**
 * Writes results as JSON, and as a page with the tables, named after day and processor, and never over others. Nothing that
 * tells one machine from another of its kind goes in. @returns the path without its ending
 */
export function keepResults(results: Results, folder = usualFolder): string {
  const kept = withoutPlaces(results)
  return keepRecord(kept, reportText(kept), '', folder)
}

/** Writes a record and its text, without paths of this machine. @param what goes behind the name; @returns as `keepResults` */
export function keepRecord(
  record: Pick<Results, 'machine' | 'startedAt'>,
  text: string,
  what = '',
  folder = usualFolder,
): string {
  mkdirSync(folder, { recursive: true })
  const { machine, startedAt } = record
  const name = `${startedAt.slice(0, 10)}-${machine.processor}-${machine.cores}-cores${what && `-${what}`}`
    .toLowerCase()
    .replace(/\((?:r|tm)\)/g, '')
    .replace(/[^a-z0-9]+/g, '-')
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? name : `${name}-${number}`)
    if (existsSync(`${path}.json`) || existsSync(`${path}.md`)) continue
    writeFileSync(`${path}.json`, `${JSON.stringify(record, null, 2).replace(place, '…')}\n`)
    writeFileSync(`${path}.md`, pageOf(startedAt, text.replace(place, '…')))
    return path
  }
}

function pageOf(startedAt: string, text: string): string {
  const day = startedAt.slice(0, 10)
  return `# Benchmark of ${day}\n\nHow to read it: [benchmarks](../benchmarks.md).\n\n\`\`\`\n${text}\n\`\`\`\n`
}

function withoutPlaces(results: Results): Results {
  const scenarios = results.scenarios.map((scenario) => ({
    ...scenario,
    rows: scenario.rows.map(({ voidReason, ...row }) =>
      voidReason === undefined ? row : { ...row, voidReason: voidReason.replace(place, '…') },
    ),
  }))
  return { ...results, scenarios }
}

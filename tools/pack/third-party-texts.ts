import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readManifest } from './manifest.ts'

/** Licences that what we publish may contain. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])
const isLicence = /^(?:licen[cs]e|copying|notice)(?:\.(?:md|txt|mit|apache2))?$/i

/**
 * Names, versions and licence texts of the packages that these files are from, for those who get them from us.
 * @throws Error over a package whose licence is not one of those that we take
 */
export function thirdPartyTexts(files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []))
  const parts = [...folders].map((folder) => {
    const { name, version, license } = readManifest(folder)
    if (typeof license !== 'string' || !isTaken(license)) throw new Error(`${name} has the licence ${license}`)
    const texts = readdirSync(folder)
      .filter((file) => isLicence.test(file))
      .sort()
    const bodies = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim())
    return [`${name} ${version} (${license})`, ...bodies].join('\n\n')
  })
  return `${parts.sort().join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** `(A AND B)`: parts of a package are under different ones, and each has to be one that we take. */
function isTaken(license: string): boolean {
  return license
    .replace(/^\((.*)\)$/, '$1')
    .split(' AND ')
    .every((each) => allowed.has(each))
}

/** Folder of the installed package that a file is part of; undefined for our own. */
function packageFolder(file: string): string | undefined {
  if (!file.includes('/node_modules/')) return undefined
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    // Some packages have further manifests inside, which say only how to read a folder.
    if (existsSync(join(folder, 'package.json')) && readManifest(folder).version !== undefined) return folder
  }
  return undefined
}

import { dirname, join, normalize } from 'node:path'
import { readStart } from './read-start.ts'

const longestScript = 16_384

/** What a program starts as soon as it runs: names are looked up in PATH, the rest are absolute paths. */
export interface StartedPrograms {
  readonly names: readonly string[]
  readonly paths: readonly string[]
}

/** The interpreter of a script, and what a short shell script hands over to with `exec`. */
export function startedBy(program: string): StartedPrograms {
  const text = readStart(program, longestScript)
  const [, line] = /^#!\s*([^\n]+)/.exec(text) ?? []
  if (line === undefined) return { names: [], paths: [] }
  const [interpreter = '', ...words] = line.trim().split(/\s+/)
  const isEnv = interpreter.endsWith('/env')
  const name = isEnv ? words.find((word) => !word.startsWith('-') && !word.includes('=')) : undefined
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh$/.test(name ?? interpreter)
  const handed = isShell && text.length < longestScript ? handedOver(text, dirname(program)) : []
  const found = [...(name === undefined ? [] : [name]), ...(isEnv ? [] : [interpreter]), ...handed]
  return {
    names: found.filter((one) => /^[\w.+-]+$/.test(one)),
    paths: found.filter((one) => one.startsWith('/')),
  }
}

/** `$basedir` is what package managers call the script's own folder. */
function handedOver(text: string, folder: string): readonly string[] {
  const words = [...text.matchAll(/^\s*exec\s+(.+)$/gm)].flatMap(([, rest = '']) => rest.split(/\s+/).slice(0, 3))
  return words
    .map((word) => word.replaceAll(/^["']|["']$/g, '').replace(/^\$(?:\{basedir\}|basedir)\//, `${join(folder, '/')}`))
    .filter((word) => /^(?:\/[\w@.+/-]+|[\w.+-]+)$/.test(word))
    .map((word) => (word.startsWith('/') ? normalize(word) : word))
}

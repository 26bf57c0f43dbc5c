import { readFileSync } from 'node:fs'

/** To which processors the parties of a scenario are held; undefined where there are too few to choose. */
export interface Cores {
  readonly peer: number | undefined
  readonly loader: number | undefined
}

/** Divides the first two processors that this process may use. */
export function divideCores(how: 'apart' | 'together'): Cores {
  const [first, second] = allowedProcessors()
  if (how === 'together') return { peer: first, loader: first }
  return second === undefined ? { peer: undefined, loader: undefined } : { peer: first, loader: second }
}

/** Takes a list such as `0-2,5` apart. */
export function parseProcessorList(text: string): readonly number[] {
  return text.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Number.isInteger(first) ? Array.from({ length: last - first + 1 }, (_, at) => first + at) : []
  })
}

function allowedProcessors(): readonly number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  return parseProcessorList(list)
}

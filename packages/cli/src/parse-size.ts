import { InvalidArgumentError } from 'commander'

const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

/** Bytes of a text like `1000`, `64K`, `64M` or `2G`, where K is 1024. @throws InvalidArgumentError */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15})([KMG]?)$/i.exec(text) ?? []
  const bytes = Number(digits) * units[unit.toUpperCase()]!
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError('Write bytes as a number from 1 on, or with K, M or G behind it, e.g. 64M.')
  }
  return bytes
}

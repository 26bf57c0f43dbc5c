import { InvalidArgumentError } from 'commander'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds of a duration like `90s`, `30m`, `8h` or `7d`. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,6})([smhd])$/.exec(text) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? 0)
  if (seconds === 0) throw new InvalidArgumentError('Write a number and a unit: 90s, 30m, 8h, 7d.')
  return seconds
}

/** Instant that a time in RFC 3339, or a duration before `now`, stands for. @throws InvalidArgumentError */
export function parseSince(text: string, now: Date): string {
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString()
  return new Date(now.getTime() - parseDuration(text) * 1000).toISOString()
}

/** Microseconds of the clock that all processes of a machine share, from some instant on. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

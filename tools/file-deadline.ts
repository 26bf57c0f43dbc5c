import { writeSync } from 'node:fs'

/** Longest time that one test file may take, in milliseconds. */
export const fileDeadlineMs = 600_000

// The runner ends a test that takes too long, but waits for the file's process: this ends the process.
const timer = setTimeout(() => {
  writeSync(2, `This file did not end within ${fileDeadlineMs / 1000} s.\n`)
  process.exit(1)
}, fileDeadlineMs)
timer.unref()

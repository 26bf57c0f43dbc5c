import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Every call by which a process changes what lies on a disk. */
const changing = [
  'appendFileSync',
  'fchmodSync',
  'fsyncSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'writeFileSync',
  'writeSync',
] as const

const dieAt = Number(process.env['DIE_AT_CALL'])
let calls = 0

// Loaded before a program: it is killed right before the call with this number, counted from one. It says how many there were
// when it ends by itself.
for (const name of changing) {
  const call = fs[name] as (...args: unknown[]) => unknown
  Object.assign(fs, {
    [name](...args: unknown[]) {
      calls += 1
      if (calls === dieAt) process.kill(process.pid, 'SIGKILL')
      return call(...args)
    },
  })
}
syncBuiltinESMExports()
process.on('exit', () => fs.writeSync(2, `calls: ${calls}\n`))

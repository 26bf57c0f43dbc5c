import { closeInheritedDescriptors } from '@coatcheck/launchers'
import { exitCodes } from './exit-codes.ts'
import { whyNot } from './file-failure.ts'
import { runCommandLine } from './run-command-line.ts'
import { processSurroundings } from './session.ts'

closeInheritedDescriptors()
let isLost = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads our output may stop reading; that is no failure of ours.
  if (error.code === 'EPIPE' || isLost) return
  isLost = true
  process.stderr.write(`coatcheck: ${whyNot('The result cannot be written', error)}.\n`)
  process.exitCode = exitCodes.failure.code
})
process.stderr.on('error', () => undefined)
const code = await runCommandLine(process.argv.slice(2), processSurroundings())
process.exitCode = isLost && code === exitCodes.ok.code ? exitCodes.failure.code : code

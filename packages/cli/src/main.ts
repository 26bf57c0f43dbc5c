import { closeInheritedDescriptors } from '@coatcheck/launchers'
import { runCommandLine } from './run-command-line.ts'
import { processSurroundings } from './session.ts'

closeInheritedDescriptors()
// Whoever reads our output may stop reading; that is no failure of ours.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
process.exitCode = await runCommandLine(process.argv.slice(2), processSurroundings())

import { skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { testPipes } from './pipes.suite.ts'
import { testTerminal } from './terminal.suite.ts'

const isRoot = process.getuid?.() === 0
const by = isRoot ? 'run by root' : 'run by an ordinary user'
const unfit = process.platform === 'linux' ? false : 'needs Linux'

// What root starts is another chain of programs, through which bytes, signals and exit codes pass; the ordinary user tries all.
const extent = isRoot && skipWithoutOrdinaryUser() === false ? 'sample' : 'all'

testTerminal(by, () => undefined, unfit, extent)
testPipes(by, () => undefined, unfit, extent)

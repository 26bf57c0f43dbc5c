import { testPipes } from './pipes.suite.ts'
import { testTerminal } from './terminal.suite.ts'

const by = process.getuid?.() === 0 ? 'run by root' : 'run by an ordinary user'
const unfit = process.platform === 'linux' ? false : 'needs Linux'

testTerminal(by, () => undefined, unfit)
testPipes(by, () => undefined, unfit)

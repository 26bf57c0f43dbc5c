import { testTerminal } from './terminal.suite.ts'

const by = process.getuid?.() === 0 ? 'run by root' : 'run by an ordinary user'

testTerminal(by, () => undefined, process.platform === 'linux' ? false : 'needs Linux')

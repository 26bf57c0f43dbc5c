import { testClients } from './clients.suite.ts'

const by = process.getuid?.() === 0 ? 'run by root' : 'run by an ordinary user'

testClients(by, () => undefined, process.platform === 'linux' ? false : 'needs Linux')

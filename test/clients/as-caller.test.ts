import { skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { allCases, sampleCases } from './all-cases.ts'
import { testClients } from './clients.suite.ts'

const isRoot = process.getuid?.() === 0
const by = isRoot ? 'run by root' : 'run by an ordinary user'
const unfit = process.platform === 'linux' ? false : 'needs Linux'

// What root starts is another chain of programs to the same sandbox; every client is tried by the ordinary user.
const clients = isRoot && skipWithoutOrdinaryUser() === false ? sampleCases : allCases

testClients(by, () => undefined, unfit, clients)

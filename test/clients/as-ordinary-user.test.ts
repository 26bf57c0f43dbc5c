import { makeOrdinaryUser, skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { allCases } from './all-cases.ts'
import { testClients } from './clients.suite.ts'

// Otherwise the caller is an ordinary user already.
if (process.getuid?.() === 0) {
  testClients('run by an ordinary user', makeOrdinaryUser, skipWithoutOrdinaryUser(), allCases)
}

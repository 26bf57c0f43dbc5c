import { makeOrdinaryUser, skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { testTerminal } from './terminal.suite.ts'

// Otherwise the caller is an ordinary user already.
if (process.getuid?.() === 0) {
  testTerminal('run by an ordinary user', makeOrdinaryUser, skipWithoutOrdinaryUser())
}

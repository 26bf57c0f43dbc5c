import { makeOrdinaryUser, skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { testPipes } from './pipes.suite.ts'
import { testTerminal } from './terminal.suite.ts'

// Otherwise the caller is an ordinary user already.
if (process.getuid?.() === 0) {
  const unfit = skipWithoutOrdinaryUser()
  testTerminal('run by an ordinary user', makeOrdinaryUser, unfit, 'all')
  testPipes('run by an ordinary user', makeOrdinaryUser, unfit, 'all')
}

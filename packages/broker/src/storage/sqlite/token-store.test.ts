import { testTokenStore } from '../memory/token-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testTokenStore('sqlite', (context) => createInstallation(context).open().storage.tokens)

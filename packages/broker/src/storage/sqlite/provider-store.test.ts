import { testProviderStore } from '../memory/provider-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testProviderStore('sqlite', (context) => createInstallation(context).open().storage.providers)

import { testSecretStore } from '../memory/secret-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testSecretStore('sqlite', (context) => createInstallation(context).open().storage.secrets)

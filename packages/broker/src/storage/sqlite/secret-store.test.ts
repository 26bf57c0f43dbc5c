import { testSecretStore } from '../memory/secret-store.test.suite.ts'
import { createInstallation } from './installation.test.fixture.ts'

testSecretStore('sqlite', (context) => createInstallation(context).open().storage.secrets)

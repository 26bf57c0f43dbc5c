import { testSandboxStore } from '../memory/sandbox-store.test.suite.ts'
import { createInstallation } from './installation.test.fixture.ts'

testSandboxStore('sqlite', (context) => createInstallation(context).open().storage.sandboxes)

import { testSandboxStore } from '../memory/sandbox-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testSandboxStore('sqlite', (context) => createInstallation(context).open().storage.sandboxes)

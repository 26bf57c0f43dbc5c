import { testDecoyStore } from '../memory/decoy-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testDecoyStore('sqlite', (context) => createInstallation(context).open().storage.decoys)

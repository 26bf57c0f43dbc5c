import { testProfileStore } from '../memory/profile-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testProfileStore('sqlite', (context) => createInstallation(context).open().storage.profiles)

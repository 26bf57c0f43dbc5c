import { testProjectStore } from '../memory/project-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

testProjectStore('sqlite', (context) => createInstallation(context).open().storage.projects)

import { MemorySecretStore } from './secret-store.ts'
import { testSecretStore } from './secret-store.test.suite.ts'

testSecretStore('memory', () => new MemorySecretStore())

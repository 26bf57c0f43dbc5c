import { MemorySecretStore } from './secret-store.ts'
import { testSecretStore } from './secret-store.suite.ts'

testSecretStore('memory', () => new MemorySecretStore())

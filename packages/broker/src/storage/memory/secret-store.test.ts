import { testSecretStore } from './secret-store.suite.ts'
import { MemorySecretStore } from './secret-store.ts'

testSecretStore('memory', () => new MemorySecretStore())

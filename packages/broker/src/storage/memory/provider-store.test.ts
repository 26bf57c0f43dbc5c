import { testProviderStore } from './provider-store.suite.ts'
import { MemoryProviderStore } from './provider-store.ts'

testProviderStore('memory', () => new MemoryProviderStore())

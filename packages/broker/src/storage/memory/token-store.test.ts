import { testTokenStore } from './token-store.suite.ts'
import { MemoryTokenStore } from './token-store.ts'

testTokenStore('memory', () => new MemoryTokenStore())

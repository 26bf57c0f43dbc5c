import { testDecoyStore } from './decoy-store.suite.ts'
import { MemoryDecoyStore } from './decoy-store.ts'

testDecoyStore('memory', () => new MemoryDecoyStore())

import { testProfileStore } from './profile-store.suite.ts'
import { MemoryProfileStore } from './profile-store.ts'

testProfileStore('memory', () => new MemoryProfileStore())

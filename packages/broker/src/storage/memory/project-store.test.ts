import { MemoryProjectStore } from '../../access/memory-project-store.suite.ts'
import { testProjectStore } from './project-store.suite.ts'

testProjectStore('memory', () => new MemoryProjectStore())

import { MemorySandboxStore } from './sandbox-store.ts'
import { testSandboxStore } from './sandbox-store.test.suite.ts'

testSandboxStore('memory', () => new MemorySandboxStore())

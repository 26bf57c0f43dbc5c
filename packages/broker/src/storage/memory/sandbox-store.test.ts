import { MemorySandboxStore } from './sandbox-store.ts'
import { testSandboxStore } from './sandbox-store.suite.ts'

testSandboxStore('memory', () => new MemorySandboxStore())

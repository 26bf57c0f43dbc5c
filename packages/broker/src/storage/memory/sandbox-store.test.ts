import { testSandboxStore } from './sandbox-store.suite.ts'
import { MemorySandboxStore } from './sandbox-store.ts'

testSandboxStore('memory', () => new MemorySandboxStore())

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { parseProcessStat, treeCpuSeconds, treeMemoryBytes } from './process-tree.ts'

const rest = '0 0 0 -1 4194560 1 2 3 4'

test('a line of stat gives parent and the times of the process and of its waited children', () => {
  const line = `41 (nginx) S 7 ${rest} 100 20 3 4 20 0 1 0 99`
  assert.deepEqual(parseProcessStat(line), { pid: 41, parent: 7, cpuSeconds: 1.27 })
})

test('a program may be called anything, parentheses and spaces included', () => {
  const line = `41 (a) R 1 (b c) S 7 ${rest} 100 0 0 0 20 0 1 0 99`
  assert.deepEqual(parseProcessStat(line), { pid: 41, parent: 7, cpuSeconds: 1 })
})

for (const line of ['', 'nothing', '41 (nginx) S 7']) {
  test(`“${line}” is no line of stat`, () => assert.equal(parseProcessStat(line), undefined))
}

test('a process that is gone has no time and no memory', () => {
  assert.equal(treeCpuSeconds(2 ** 30), 0)
  assert.equal(treeMemoryBytes(2 ** 30), 0)
})

test('the work of a grandchild is counted while it runs and after it has ended', async () => {
  const work = 'for (const end = process.cpuUsage().user + 2e5; process.cpuUsage().user < end;);'
  const grandchild = `${work}; console.log("worked"); process.stdin.resume()`
  const script = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}],
    { stdio: "inherit" }).on("exit", () => console.log("ended")); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    assert.ok(treeCpuSeconds(child.pid ?? 0) >= 0.19)
    assert.ok(treeMemoryBytes(child.pid ?? 0) > 2 ** 20)
    child.stdin.end()
    await once(child.stdout, 'data')
    assert.ok(treeCpuSeconds(child.pid ?? 0) >= 0.19)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})

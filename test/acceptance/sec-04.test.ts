import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import type { FinishedProcess } from '../fixtures/finished-process.ts'
import { type Caller, callerKinds } from './caller.ts'
import { executedPaths } from './executed-paths.ts'
import { git, makeProjectWithKeys, type ProjectWithKeys } from './project-with-keys.ts'
import { snapshotTree } from './tree-snapshot.ts'

/** Owner of a tree in which root runs a command, and who is then not root inside. */
const treeOwner = 12_345

const inside = (name: string) => readFileSync(join(import.meta.dirname, 'inside', name), 'utf8')
const readEverything = inside('read-everything.py')
const plantCode = inside('plant-code.py')

const cases = callerKinds.flatMap((kind) => [
  { ...kind, what: `as ${kind.name}, in a tree of their own`, ownerOf: (caller: Caller) => caller.uid },
  ...(kind.name === 'root' ? [{ ...kind, what: 'as root, in a tree of somebody else', ownerOf: () => treeOwner }] : []),
])

for (const { what, skip, make, ownerOf } of cases) {
  describe(`SEC-04: run ${what}`, { skip }, () => {
    let caller: Caller
    let project: ProjectWithKeys
    /** Root owns it and drops, so that nothing can be written there at all. */
    let isReadOnly = false
    before(() => {
      caller = make()
      project = makeProjectWithKeys(caller.folder, ownerOf(caller))
      isReadOnly = ownerOf(caller) === 0
    })
    after(() => caller[Symbol.dispose]())

    const run = (command: readonly string[], cwd = project.root): Promise<FinishedProcess> =>
      caller.coatcheck.run(['run', '--profile', 'locked', '--', ...command], { cwd })

    /** What git, and a look at every file, say about the tree. */
    const stateOfTree = () => ({
      status: git(project.root, 'status', '--porcelain', '--ignored'),
      submodule: git(join(project.root, 'vendor/library'), 'status', '--porcelain', '--ignored'),
      files: snapshotTree(project.root),
    })

    test('nothing that can be read inside holds one of the keys of the tree', async () => {
      for (const { path, key } of project.keys) {
        assert.notDeepEqual(findCanary(readFileSync(join(project.root, path.replace(/: .*/, ''))), key), [], path)
      }
      const { code, stdoutBytes, stderr } = await run(['/usr/bin/python3', '-c', readEverything])
      assert.equal(code, 0, stderr)
      assert.ok(stdoutBytes.includes(project.plainText), 'the tree was not read')
      const seen = project.keys.filter(({ key }) => findCanary(stdoutBytes, key).length > 0)
      assert.deepEqual(
        seen.map(({ path }) => path),
        [],
      )
      for (const { key } of project.keys) assert.deepEqual(findCanary(stderr, key), [])
    })

    test('what the host would run later cannot be put there, and what was there is there', async () => {
      const before = stateOfTree()
      const { code, stdout, stderr } = await run(['/usr/bin/python3', '-c', plantCode, JSON.stringify(executedPaths)])
      assert.equal(code, 0, stderr)
      assert.deepEqual(JSON.parse(stdout), [])
      assert.deepEqual(stateOfTree(), before)
    })

    test('work is possible, and leaves nothing but itself', async () => {
      const before = stateOfTree()
      const { code, stderr } = await run(['sh', '-c', 'echo work >src/work.js && rm src/work.js'])
      assert.equal(code === 0, !isReadOnly, stderr)
      assert.deepEqual(stateOfTree(), before)
    })

    test('stand-ins of a run that was killed go with the next one', async () => {
      const before = stateOfTree()
      const [program = '', ...args] = [...caller.coatcheck.argv, 'run', '--', 'sh', '-c', 'echo ready; sleep 60']
      const options = { cwd: project.root, env: caller.coatcheck.env, stdio: ['ignore', 'pipe', 'ignore'] } as const
      const killed = spawn(program, args, options)
      const exit = once(killed, 'exit')
      await once(killed.stdout, 'data')
      killed.kill('SIGKILL')
      await exit
      assert.equal((await run(['true'])).code, 0)
      assert.deepEqual(stateOfTree(), before)
    })

    test('a folder that holds the vault, its key or a socket is not mounted, through a link either', async () => {
      const base = join(caller.home, '..')
      const link = join(caller.folder, 'link')
      symlinkSync(caller.home, link)
      const [data, keys, sockets] = ['data', 'keys', 'run'].map((name) => join(caller.home, name))
      mkdirSync(join(caller.home, 'data/inner'))
      const folders = [base, caller.home, data, keys, sockets, join(caller.home, 'data/inner'), link, join(link, 'keys')]
      for (const folder of [...folders, '/', '/tmp']) {
        const mounted = await caller.coatcheck.run(['run', '--mount', `${folder}:ro`, '--', 'true'], { cwd: project.root })
        assert.deepEqual([mounted.code, /cannot be mounted/.test(mounted.stderr)], [4, true], folder)
        const entered = await run(['true'], folder)
        assert.deepEqual([entered.code, /cannot be mounted/.test(entered.stderr)], [4, true], folder)
      }
    })
  })
}

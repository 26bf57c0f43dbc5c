import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { findCanary } from '../fixtures/canary.ts'
import type { FinishedProcess } from '../fixtures/finished-process.ts'
import { type Caller, callerKinds } from './caller.ts'
import { executedPaths } from './executed-paths.ts'
import { findPlanted } from './find-planted.ts'
import { git, makeProjectWithKeys, type ProjectWithKeys } from './project-with-keys.ts'
import { type ServingBroker, startServe } from './serving-broker.ts'
import { snapshotTree } from './tree-snapshot.ts'

/** Owner of a tree in which root runs a command, and who is then not root inside. */
const treeOwner = 12_345

const inside = (name: string) => readFileSync(join(import.meta.dirname, 'inside', name), 'utf8')
const readEverything = inside('read-everything.py')
const plantCode = inside('plant-code.py')

const cases = callerKinds.flatMap((kind) => [
  { ...kind, what: `as ${kind.name}, in a tree of their own`, isForeign: false },
  ...(kind.name === 'root' ? [{ ...kind, what: 'as root, in a tree of somebody else', isForeign: true }] : []),
])

for (const { what, skip, make, isForeign } of cases) {
  describe(`SEC-04: run ${what}`, { skip }, () => {
    let caller: Caller
    let project: ProjectWithKeys
    /** Root owns it and drops, so that nothing can be written there at all. */
    let isReadOnly = false
    let broker: ServingBroker
    before(async () => {
      caller = make()
      const owner = isForeign ? treeOwner : caller.uid
      project = makeProjectWithKeys(caller.folder, owner)
      isReadOnly = owner === 0
      broker = await startServe(caller)
    })
    after(async () => {
      await broker?.stop()
      caller[Symbol.dispose]()
    })

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
      const seen = findPlanted(stdoutBytes, project.keys)
      assert.deepEqual(
        [...seen].map(({ path }) => path),
        [],
      )
      for (const { key } of project.keys) assert.deepEqual(findCanary(stderr, key), [])
    })

    test('R-100: what the host would run later cannot be put there, and what was there is there', async () => {
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
      const options = {
        cwd: project.root,
        env: caller.coatcheck.env,
        stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'],
      }
      const killed = spawn(program, args, options)
      const exit = once(killed, 'exit')
      await once(killed.stdout, 'data')
      killed.kill('SIGKILL')
      await exit
      assert.equal(isDeepStrictEqual(stateOfTree(), before), isReadOnly, 'there was nothing to be removed')
      assert.equal((await run(['true'])).code, 0)
      assert.deepEqual(stateOfTree(), before)
    })

    // It does not depend on whose the tree is.
    if (isForeign) return
    test('R-101: a folder that holds the vault, its key or a socket is not mounted, through a link either', async () => {
      const base = dirname(caller.home)
      const link = join(caller.folder, 'link')
      symlinkSync(base, link)
      mkdirSync(join(caller.home, 'data/inner'))
      const inHome = ['.', 'data', 'data/inner', 'keys', 'run'].map((name) => join(caller.home, name))
      const refused = async (args: readonly string[], cwd: string) => {
        const { code, stderr } = await caller.coatcheck.run(['run', ...args, '--', 'true'], { cwd })
        assert.deepEqual([code, /cannot be mounted/.test(stderr)], [4, true], `${args} in ${cwd}: ${stderr}`)
      }
      for (const folder of [base, ...inHome, link, join(link, 'home/keys')]) {
        await refused(['--mount', `${folder}:ro`], project.root)
      }
      await refused([], caller.home)
      await refused([], link)
    })
  })
}

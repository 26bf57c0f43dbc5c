import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectTarget, connectTargets } from '@coatcheck/contract'
import { canaryOf, findCanary } from '../../fixtures/canary.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

/** How a sandbox elsewhere is connected, on each platform: its token stands in confidential files, the values in none. */
export const connectRecipes: Door = {
  name: 'what connects a sandbox elsewhere, for every platform',
  once: true,
  async walk(stage) {
    for (const target of connectTargets) await recipeOf(stage, target)
    await folderOf(stage)
  },
}

async function recipeOf(stage: Stage, target: ConnectTarget): Promise<void> {
  const credentials = { STRIPE_SECRET_KEY: stage.values.inline.value }
  const { id, token, connect } = await stage.client.sandboxes.create({ secrets: { KEY: 'key' }, credentials, target })
  const { recipe } = connect
  assert.ok(recipe, target)
  assert.ok(
    recipe.files.some(({ confidential }) => confidential),
    target,
  )
  const canary = stage.learn(token)
  // The variables are those of the confidential files.
  const { files, env: _, ...rest } = recipe
  const open = files.filter(({ confidential }) => !confidential)
  stage.hear(`recipe for ${target}`, JSON.stringify([rest, ...open]))
  const closed = files.filter(({ confidential }) => confidential).map(({ content }) => content)
  assert.notDeepEqual(findCanary(closed.join('\n'), canary), [])
  for (const value of [stage.values.stored, stage.values.inline])
    assert.deepEqual(findCanary(closed.join('\n'), value), [], `a value in the files for ${target}`)
  await stage.client.sandboxes.end(id)
}

async function folderOf(stage: Stage): Promise<void> {
  const folder = join(stage.caller.folder, 'connected')
  const args = ['sandbox', 'connect', '--for', 'shell', '--secret', 'KEY=key', '--out', folder]
  for (const form of [[], ['--force', '--json']]) {
    const { code, stderr } = await stage.command([...args, ...form])
    assert.equal(code, 0, stderr)
    const script = readFileSync(join(folder, 'coatcheck.sh'), 'utf8')
    const [, id = '', token = ''] = /(sbx_[0-9a-z]+)[:.]([\w-]{40,})/.exec(script) ?? []
    assert.ok(token.length > 0, 'the script has no token')
    const canary = canaryOf(token)
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      const isOpen = (statSync(path).mode & 0o077) !== 0
      assert.ok(!isOpen || findCanary(readFileSync(path), canary).length === 0, `${name} shows the token to others`)
      for (const value of [stage.values.stored, stage.values.inline])
        assert.deepEqual(findCanary(readFileSync(path), value), [])
    }
    stage.learn(token)
    await stage.client.sandboxes.end(id)
  }
  // The files are where the token belongs; everywhere else it is looked for.
  rmSync(folder, { recursive: true })
}

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeSshKey } from '../fixtures/ssh-server.ts'
import { ChangingSource } from './changing-source.ts'
import { connectorMemory, connectorProcesses } from './connector-processes.ts'
import { plateau, poll } from './poll.ts'
import { keyOf, SshClient, said, textOf } from './ssh-client.ts'
import { gitHost, type InsideGit, openSshScene, type SshScene } from './ssh-scene.ts'

const skip = skipWithout('sshd', 'ssh', 'ssh-keygen', 'git')
const bigBytes = 12_000_000
let scene: SshScene
let place: InsideGit
let source: ChangingSource

before(async () => {
  if (skip !== false) return
  source = new ChangingSource()
  const prepare = (home: string, port: number): void => source.describe(home, `ssh://${gitHost}`, port)
  // The service asks for new keys every few megabytes, in the middle of whatever goes on.
  scene = await openSshScene(prepare, source.clock, ['RekeyLimit 2M'])
  const bare = join(scene.repositories, 'team/big.git')
  scene.git('init', '--quiet', '--bare', '--initial-branch=main', bare)
  scene.git('-C', bare, 'config', 'core.compression', '0')
  const file = join(source.folder, 'big')
  writeFileSync(file, randomBytes(bigBytes))
  const blob = scene.git('-C', bare, 'hash-object', '-w', file).trim()
  scene.git('-C', bare, '--work-tree', source.folder, 'update-index', '--add', '--cacheinfo', `100644,${blob},big`)
  const tree = scene.git('-C', bare, 'write-tree').trim()
  scene.git('-C', bare, 'update-ref', 'refs/heads/main', scene.git('-C', bare, 'commit-tree', tree, '-m', 'Big').trim())
  await scene.store('key')
  place = await scene.open('key')
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  source?.[Symbol.dispose]()
})

async function connected(where = place): Promise<SshClient> {
  return SshClient.connect(await where.inside.addressOf(where.host), where.inside.portOf(22))
}

/** A client whose command runs. */
async function running(where = place, repository = 'team/project.git', room?: number): Promise<SshClient> {
  const client = await connected(where)
  assert.equal(await client.logIn(keyOf(where.inside.placeholder('DEPLOY_KEY'))), said.success)
  await client.open(room)
  client.exec(`git-upload-pack '${scene.repositories}/${repository}'`)
  await client.until(said.data)
  return client
}

test('SS-04: a large clone comes whole, with new keys on both sides in the middle of it', { skip }, async () => {
  const env = await place.env(['-o RekeyLimit=1M'])
  const { code, stderr } = await place.git(['clone', '-q', place.url('team/big.git'), 'big'], env)
  assert.equal(code, 0, stderr)
  assert.equal(readFileSync(join(place.folder, 'big/big')).equals(readFileSync(join(source.folder, 'big'))), true)
})

test('SS-04: a large push arrives whole', { skip }, async () => {
  const env = await place.env(['-o RekeyLimit=1M'])
  const { code, stderr } = await place.git(
    ['-C', 'big', 'push', '-q', place.url('team/project.git'), 'main:refs/heads/big'],
    env,
  )
  assert.equal(code, 0, stderr)
  const bare = join(scene.repositories, 'team/project.git')
  assert.equal(scene.git('-C', bare, 'cat-file', '-s', 'big:big').trim(), String(bigBytes))
  scene.git('-C', bare, 'update-ref', '-d', 'refs/heads/big')
})

test('CO-07: a client that stops reading a large clone holds the service up, and not the memory', {
  skip,
}, async () => {
  const child = await place.start(['clone', '-q', place.url('team/big.git'), 'held'], 'ignore')
  const exit = once(child, 'exit')
  await poll(() => {
    const packs = readdirSync(join(place.folder), { recursive: true }).filter((name) =>
      String(name).includes('held/.git/objects/pack/tmp_pack'),
    )
    return packs.length > 0 ? true : undefined
  })
  process.kill(-child.pid!, 'SIGSTOP')
  const held = await plateau(connectorMemory)
  assert.ok(held < 150_000, `kB: ${held}`)
  process.kill(-child.pid!, 'SIGCONT')
  assert.deepEqual(await exit, [0, null])
})

test('CO-07: neither does one that takes all in words, and reads nothing', { skip }, async () => {
  const client = await running(place, 'team/big.git', 0x7fff_ffff)
  client.socket.pause()
  const head = scene.git('-C', join(scene.repositories, 'team/big.git'), 'rev-parse', 'main').trim()
  client.data(`0032want ${head}\n00000009done\n`)
  assert.ok((await plateau(connectorMemory)) < 150_000)
  client.socket.destroy()
})

const endings: readonly (readonly [string, (where: InsideGit) => Promise<unknown>])[] = [
  ['a grant that is revoked', ({ inside }) => scene.world.client.grants.end(inside.sandbox.grants[0]!.id)],
  ['a sandbox that is ended', ({ inside }) => scene.world.client.sandboxes.end(inside.sandbox.id)],
  [
    'a rule that denies the host',
    ({ inside }) => scene.world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [gitHost] } }),
  ],
]

for (const [what, act] of endings) {
  test(`CO-09, N2: ${what} takes its live session along within a second`, { skip }, async () => {
    const where = await scene.open('key')
    const client = await running(where)
    const startedAt = performance.now()
    await act(where)
    await client.closed()
    assert.ok(performance.now() - startedAt < 1_000)
    const codes = ['grant_ended', 'sandbox_expired', 'destination_denied']
    const id = where.inside.sandbox.id
    const { event } = await poll(async () =>
      (await scene.world.events()).find(({ event: { sandbox, code } }) => sandbox === id && codes.includes(code ?? '')),
    )
    assert.equal(event.kind, 'connection.completed')
  })
}

test('CO-08: whoever dies, nothing stays: sessions, descriptors, connections to the service', { skip }, async () => {
  await running().then(({ socket }) => socket.destroy())
  const open = (): number =>
    connectorProcesses().reduce(
      (sum, each) => sum + readdirSync(`/proc/${each}/fd`).length,
      readdirSync(`/proc/${process.pid}/fd`).length,
    )
  await plateau(open)
  const before = open()
  for (let round = 0; round < 12; round += 1) {
    const way = round % 4
    if (way === 0) (await connected()).socket.destroy()
    else if (way === 1) (await connected()).socket.end()
    else if (way === 2) (await running()).socket.resetAndDestroy()
    else {
      const client = await running()
      client.data('0000')
      await client.until(said.close)
      client.socket.end()
    }
  }
  await poll(() => (open() <= before ? true : undefined))
})

test('CO-08: a service that dies is said, and ends the session', { skip }, async () => {
  const client = await running()
  scene.server.drop()
  assert.match(textOf(await client.until(said.close), said.error), /^coatcheck: the service ended the connection/)
  await client.closed()
})

test('CO-10: a key that was changed is taken by the next login', { skip }, async () => {
  const next = makeSshKey('ed25519')
  scene.server.letIn([next.publicKey])
  await scene.store('turning')
  const where = await scene.open('turning')
  const late = await where.git(['ls-remote', where.url('team/project.git')])
  assert.match(late.stderr, /did not take the key of the broker/)
  await scene.world.client.secrets.rotate('turning', next.privateKey)
  const done = await where.git(['ls-remote', where.url('team/project.git')])
  assert.equal(done.code, 0, done.stderr)
  scene.server.letIn([scene.key.publicKey])
})

test('CO-10: a key that changed at its source is fetched anew when it is declined, and the client does not notice', {
  skip,
}, async () => {
  source.change(scene.key.privateKey)
  const hostKeys = [scene.server.fingerprint('ed25519')]
  const inject = { kind: 'ssh', user: scene.server.user, hostKeys }
  const pin = { address: '127.0.0.1', port: scene.server.port }
  await scene.world.client.secrets.create({
    name: 'sourced',
    sourceName: 'file',
    scopes: [{ to: `ssh://${gitHost}`, pin, inject }],
  })
  const where = await scene.open('sourced')
  assert.equal((await where.git(['ls-remote', where.url('team/project.git')])).code, 0)
  source.wait(60_000)
  const next = makeSshKey('ed25519')
  scene.server.letIn([next.publicKey])
  source.change(next.privateKey)
  const { code, stderr } = await where.git(['ls-remote', where.url('team/project.git')])
  assert.deepEqual([code, stderr], [0, ''])
  scene.server.letIn([scene.key.publicKey])
})

test('W8: a locked vault ends every session, and lets none begin, under whatever name', { skip }, async () => {
  const client = await running()
  // A name that was given an address keeps it.
  const named = await place.inside.addressOf(gitHost)
  const stranger = await connected()
  await scene.world.client.vault.lock()
  await Promise.all([client.closed(), stranger.closed()])
  await assert.rejects(running())
  await assert.rejects(SshClient.connect(named, place.inside.portOf(22)))
  await scene.world.client.vault.unlock()
  await running().then(({ socket }) => socket.destroy())
})

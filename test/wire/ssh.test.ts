import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { keyOf, SshClient, said, strangerKey, textOf } from './ssh-client.ts'
import { gitHost, type InsideGit, openSshScene, type SshScene } from './ssh-scene.ts'

const skip = skipWithout('sshd', 'ssh', 'ssh-keygen', 'git')
let scene: SshScene
let place: InsideGit

before(async () => {
  if (skip !== false) return
  scene = await openSshScene()
  await scene.store('key')
  place = await scene.open('key')
})

after(() => scene?.[Symbol.asyncDispose]())

function dialled(): number {
  return scene.server.log().split('Connection from').length
}

async function connected(): Promise<SshClient> {
  const { inside, host } = place
  return SshClient.connect(await inside.addressOf(host), inside.portOf(22))
}

async function loggedIn(): Promise<SshClient> {
  const client = await connected()
  assert.equal(await client.logIn(keyOf(place.inside.placeholder('DEPLOY_KEY'))), said.success)
  return client
}

test('W5: git clones, fetches and pushes with a stand-in, and the service sees the real key', { skip }, async () => {
  const cloned = await place.git(['clone', place.url('team/project.git'), 'project'])
  assert.equal(cloned.code, 0, cloned.stderr)
  const work = join(place.folder, 'project')
  writeFileSync(join(work, 'file'), 'content')
  for (const args of [
    ['add', 'file'],
    ['commit', '-qm', 'Second commit'],
    ['push', 'origin', 'main', 'main:other'],
    ['fetch', '--prune'],
  ]) {
    const done = await place.git(['-C', work, ...args])
    assert.equal(done.code, 0, done.stderr)
  }
  const bare = join(scene.repositories, 'team/project.git')
  assert.equal(scene.git('-C', bare, 'log', '-1', '--format=%s', 'other').trim(), 'Second commit')
  assert.match(scene.server.log(), new RegExp(`Accepted publickey for ${scene.server.user} .* ED25519`))
})

test('git finds the service by its own name too, and by its port', { skip }, async () => {
  const env = await place.env([], gitHost)
  const done = await place.git(['ls-remote', place.url('team/project.git', gitHost)], env)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /refs\/heads\/main/)
  assert.ok(place.inside.portOf(scene.server.port) > 0)
})

test('the protocol that git speaks is passed on, and other variables are not', { skip }, async () => {
  const env = { GIT_TRACE_PACKET: '1', GIT_PROTOCOL: 'version=2' }
  const done = await place.git(['-c', 'protocol.version=2', 'ls-remote', place.url('team/project.git')], env)
  assert.match(done.stderr, /version 2/)
  const client = await loggedIn()
  await client.open()
  client.request('env', true, Buffer.from('\0\0\0\x04LANG\0\0\0\x01C', 'latin1'))
  assert.equal((await client.until(said.done, said.notDone)).at(-1)![0], said.notDone)
  client.socket.destroy()
})

test('git archive works, and its files come whole', { skip }, async () => {
  const done = await place.git(['archive', `--remote=${place.url('team/project.git')}`, 'main'])
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdoutBytes.toString('latin1'), /^pax_global_header|ustar/)
})

test('the environment has a key of its own, and neither the real one nor where the service is', { skip }, () => {
  const { env } = place.inside.sandbox.connect
  const file = join(place.folder, 'stand-in')
  writeFileSync(file, `${env['DEPLOY_KEY']}\n`, { mode: 0o600 })
  const shown = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' })
  assert.match(shown, /^ssh-ed25519 /)
  assert.notEqual(shown.split(' ')[1], scene.key.publicKey.split(' ')[1])
  const text = JSON.stringify(env)
  for (const hidden of [gitHost, String(scene.server.port), '127.0.0.1']) assert.ok(!text.includes(hidden))
  assert.deepEqual(findCanary(text, scene.canary), [])
})

test('git leaves no key behind', { skip }, async () => {
  await place.git(['ls-remote', place.url('team/project.git')])
  const left = execFileSync('find', [place.folder, '-name', 'key'], { encoding: 'utf8' })
  assert.equal(left, '')
})

test('CO-02: another key and the real one are refused, and nothing is dialled', { skip }, async () => {
  const before = dialled()
  for (const key of [strangerKey(), keyOf(scene.key.privateKey)]) {
    const client = await connected()
    assert.equal(await client.logIn(key), said.failure)
    assert.match(client.heard.toString('latin1'), /coatcheck: log in with the key in the environment/)
    client.socket.destroy()
  }
  const unsigned = await connected()
  unsigned.send(5, Buffer.from('\0\0\0\x0cssh-userauth', 'latin1'))
  unsigned.send(50, ...['git', 'ssh-connection', 'none'].map(shortString))
  await unsigned.until(said.failure)
  unsigned.send(50, ...['git', 'ssh-connection', 'password'].map(shortString), Buffer.of(0), shortString('x'))
  await unsigned.until(said.failure)
  unsigned.send(98, Buffer.alloc(4), shortString('exec'), Buffer.of(1), shortString('git-upload-pack'))
  await unsigned.closed()
  assert.equal(dialled(), before)
  await poll(async () => {
    const codes = (await scene.world.events()).map(({ event }) => event.code)
    return codes.filter((code) => code === 'login_refused').length === 2 ? true : undefined
  })
})

test('CO-02: a signature of the stand-in that is not for this session is no login', { skip }, async () => {
  const key = keyOf(place.inside.placeholder('DEPLOY_KEY'))
  const client = await connected()
  client.send(5, shortString('ssh-userauth'))
  client.send(
    50,
    ...['git', 'ssh-connection', 'publickey'].map(shortString),
    Buffer.of(0),
    ...['ssh-ed25519', key.blob].map(shortString),
  )
  await client.until(said.keyOk)
  const signature = Buffer.concat([shortString('ssh-ed25519'), shortString(Buffer.alloc(64, 1))])
  const parts = ['git', 'ssh-connection', 'publickey'].map(shortString)
  client.send(50, ...parts, Buffer.of(1), ...['ssh-ed25519', key.blob, signature].map(shortString))
  assert.equal((await client.until(said.failure, said.success)).at(-1)![0], said.failure)
  client.socket.destroy()
})

test('CO-02: who tries over and over is cut off', { skip }, async () => {
  const client = await connected()
  client.send(5, shortString('ssh-userauth'))
  for (let attempt = 0; attempt < 11; attempt += 1) {
    client.send(50, ...['git', 'ssh-connection', 'none'].map(shortString))
  }
  await client.closed()
  assert.equal(client.heard.toString('latin1').split('publickey').length, 11)
})

const commands = [
  "git-upload-pack '/srv/x'; id",
  "git-upload-pack '/srv/x'\nid",
  "git-upload-pack '/srv/x' ",
  " git-upload-pack '/srv/x'",
  'git-upload-pack /srv/x',
  'git-upload-pack "/srv/x"',
  "git-upload-pack '/srv/$(id)'",
  "git-upload-pack '/srv/x''; id'",
  "git-upload-pack '--upload-pack=id'",
  "git-upload-pack '-x'",
  "git-upload-pack --timeout=1 '/srv/x'",
  "git-upload-pack '/srv/../etc'",
  "git-upload-pack '/srv/./x'",
  "git-upload-pack '/srv//x'",
  "git-upload-pack '/'",
  "git-upload-pack ''",
  "git upload-pack '/srv/x'",
  "git-shell -c 'id'",
  "git-lfs-authenticate 'team/project' download",
  'scp -t /srv',
  'id',
  '',
]

test('SS-01: other commands are refused, with what to do, and nothing is dialled', { skip }, async () => {
  const before = dialled()
  for (const command of commands) {
    const client = await loggedIn()
    await client.open()
    client.exec(command)
    const heard = await client.until(said.close)
    assert.match(textOf(heard, said.error), /^coatcheck: refused: only git-upload-pack/, command)
    assert.ok(Buffer.concat(heard).includes('exit-status\0\0\0\0\xff', 0, 'latin1'))
    client.socket.destroy()
  }
  assert.equal(dialled(), before)
  const events = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.code === 'statement_refused')
    return found.length === commands.length ? found : undefined
  })
  assert.ok(events.every(({ event }) => event.kind === 'connection.refused' && event.note === 'another command'))
})

test('SS-03: a shell, a terminal and a subsystem are refused, and say why', { skip }, async () => {
  const asked = [
    [['-T', place.host], 'there is no shell here, only git'],
    [['-s', place.host, 'sftp'], 'there is no subsystem here, only git'],
    // Whoever insists on a terminal waits for nothing else.
    [['-tt', place.host], 'PTY allocation request failed'],
  ] as const
  for (const [args, reason] of asked) {
    const { code, stderr } = await place.ssh(...args)
    assert.equal(code, 255)
    assert.ok(stderr.includes(reason), stderr)
  }
  const notes = (await scene.world.events()).map(({ event }) => event.note)
  assert.ok(notes.some((note) => note?.includes('terminal') === true) && notes.includes('shell'))
})

test('SS-03: forwards, agents and a second session are refused', { skip }, async () => {
  const { code, stderr } = await place.ssh('-o', 'ClearAllForwardings=no', '-W', '127.0.0.1:22', place.host)
  assert.notEqual(code, 0)
  assert.match(stderr, /coatcheck: there is no forward here/)
  const client = await loggedIn()
  client.send(80, shortString('tcpip-forward'), Buffer.of(1), shortString('127.0.0.1'), Buffer.alloc(4))
  await client.until(said.globalFailure)
  await client.open()
  for (const name of ['auth-agent-req@openssh.com', 'x11-req', 'pty-req', 'unheard-of']) {
    client.request(name, true)
    assert.equal((await client.until(said.done, said.notDone)).at(-1)![0], said.notDone)
  }
  for (const kind of ['session', 'direct-tcpip', 'direct-streamlocal@openssh.com', 'x11', 'tun@openssh.com']) {
    client.send(90, shortString(kind), Buffer.alloc(4, 1), Buffer.alloc(4, 1), Buffer.from([0, 0, 128, 0]))
    await client.until(said.openFailure)
  }
  client.socket.destroy()
})

test('SS-04: what the command says on its standard error comes through, and its code', { skip }, async () => {
  const client = await loggedIn()
  await client.open()
  client.exec(`git-upload-pack '${scene.repositories}/team/missing.git'`)
  const heard = await client.until(said.close)
  assert.match(textOf(heard, said.error), /does not appear to be a git repository/)
  assert.ok(Buffer.concat(heard).includes('exit-status\0\0\0\0\x80', 0, 'latin1'))
  client.socket.destroy()
})

test('SS-04: a signal that ends the command comes through', { skip }, async () => {
  const client = await loggedIn()
  await client.open()
  client.exec(`git-upload-pack '${scene.repositories}/team/other.git'`)
  await client.until(said.data)
  const [pid = ''] = execFileSync('pgrep', ['-f', '^git-upload-pack .*team/other'], { encoding: 'utf8' }).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  const heard = await client.until(said.close)
  assert.ok(Buffer.concat(heard).includes('exit-signal\0\0\0\0\x04KILL'))
  client.socket.destroy()
})

test('CO-04: the real key is in no byte that a client receives in a whole session', { skip }, async () => {
  const client = await loggedIn()
  await client.open()
  client.exec(`git-upload-pack '${scene.repositories}/team/project.git'`)
  await client.until(said.data)
  client.data('0000')
  await client.until(said.close)
  assert.ok(client.heard.length > 300)
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
  client.socket.destroy()
})

test('a session is one event, with grant, user, repository, bytes and duration (A3)', { skip }, async () => {
  await place.git(['ls-remote', place.url('team/other.git')])
  const found = await poll(async () => {
    const { event } = (await scene.world.events()).at(-1)!
    return event.kind === 'connection.completed' && event.note?.includes('team/other') === true ? event : undefined
  })
  const grant = place.inside.sandbox.grants[0]!.id
  assert.deepEqual(
    [found.scheme, found.host, found.secrets, found.grants, found.code],
    ['ssh', gitHost, ['key@1'], [grant], undefined],
  )
  assert.ok(found.bytesSent! > 0 && found.bytesReceived! > 0 && found.latencyMs! > 0)
  assert.match(found.note ?? '', new RegExp(`user: ${scene.server.user}, git-upload-pack /.*/team/other.git`))
})

function shortString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes])
}

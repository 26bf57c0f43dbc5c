import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { fieldOf, firstColumn, type PostgresClient, say, startup } from './postgres-client.ts'
import {
  databaseHost,
  type InsideDatabase,
  openPostgresScene,
  type PostgresScene,
  type SecretOptions,
} from './postgres-scene.ts'

const skip = skipWithout('PostgreSQL', 'psql')
let scene: PostgresScene
let number = 0

before(async () => {
  if (skip === false) scene = await openPostgresScene()
})

after(() => scene?.[Symbol.asyncDispose]())

/** A sandbox with a secret of its own. */
async function openFor(role: string, options: SecretOptions = {}): Promise<InsideDatabase> {
  number += 1
  await scene.store(`secret-${number}`, role, options)
  return scene.open(`secret-${number}`)
}

async function loggedIn(db: InsideDatabase): Promise<PostgresClient> {
  const client = await db.connect()
  assert.equal((await client.logIn(db.placeholder)).at(-1)?.type, 'Z')
  return client
}

/** What a client is told that cannot log in. */
async function refusalOf(db: InsideDatabase): Promise<string> {
  const client = await db.connect()
  const [refusal] = (await client.logIn(db.placeholder)).slice(-1)
  assert.equal(refusal?.type, 'E')
  await client.closed()
  // CO-03: none of what the service says before a login comes through.
  const text = client.heard.toString('latin1')
  for (const hidden of ['"app', '"hashed', '"plain', '"trusting', '"chief', databaseHost, '127.0.0.1', 'pg_hba']) {
    assert.ok(!text.includes(hidden), text)
  }
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
  return `${fieldOf(refusal!, 'C')} ${fieldOf(refusal!, 'M')}`
}

const logins: readonly (readonly [string, SecretOptions, string | RegExp])[] = [
  ['app', {}, 'app'],
  ['app', { inject: { login: 'scram' } }, 'app'],
  ['hashed', {}, 'hashed'],
  ['plain', {}, 'plain'],
  ['trusting', { inject: { login: 'trust' } }, 'trusting'],
  ['app_clear', { inject: { tls: 'off' } }, 'app_clear'],
  ['hashed_clear', { inject: { tls: 'off' } }, 'hashed_clear'],
  ['trusting_clear', { inject: { tls: 'off', login: 'trust' } }, 'trusting_clear'],
  ['app', { inject: { clientLogin: 'scram' } }, 'app'],
  ['app', { inject: { clientLogin: 'md5' } }, 'app'],
  ['hashed', { inject: { clientLogin: 'md5' } }, 'hashed'],
  ['trusting', {}, /^08006 .*did not log the broker in as the scope demands/],
  ['plain_clear', { inject: { tls: 'off' } }, /^08006 .*did not log the broker in as the scope demands/],
  ['hashed', { inject: { login: 'scram' } }, /^08006 .*did not log the broker in as the scope demands/],
  ['chief', {}, /^42501 .*does not allow this session/],
  ['nobody_at_all', {}, /^28000 .*did not take the login of the broker/],
  ['app', { inject: { tls: 'direct' } }, /^08006/],
]

for (const [role, options, expected] of logins) {
  const title = `${role} with ${JSON.stringify(options.inject ?? {})}`
  test(`PG-07, PG-13: login of ${title}: ${expected}`, { skip }, async () => {
    const db = await openFor(role, options)
    if (expected instanceof RegExp) assert.match(await refusalOf(db), expected)
    else {
      const { stdout, stderr } = await db.psql('select current_user', { PGREQUIREAUTH: '' })
      assert.deepEqual([stdout.trim(), stderr], [expected, ''])
    }
  })
}

test('PG-16: MD5 on both sides has salts of their own, and an answer is good for one connection', {
  skip,
}, async () => {
  const db = await openFor('hashed', { inject: { clientLogin: 'md5' } })
  const asked = async (answer: (salt: Buffer) => string) => {
    const client = await db.connect()
    client.socket.write(startup())
    const { body } = (await client.until('R')).at(-1)!
    assert.equal(body.readUInt32BE(0), 5)
    const salt = body.subarray(4, 8)
    client.socket.write(say('p', `${answer(salt)}\0`))
    const told = await client.until('Z', 'E')
    client.socket.destroy()
    return { salt, answer: answer(salt), isIn: told.at(-1)?.type === 'Z' }
  }
  const hash = (text: string): string => createHash('md5').update(text, 'latin1').digest('hex')
  const shown = (password: string, user: string) => (salt: Buffer) =>
    `md5${hash(hash(password + user) + salt.toString('latin1'))}`
  const first = await asked(shown(db.placeholder, 'anybody'))
  assert.ok(first.isIn)
  const second = await asked(shown(db.placeholder, 'anybody'))
  assert.ok(second.isIn && !second.salt.equals(first.salt))
  for (const answer of [
    () => first.answer,
    () => '',
    () => db.placeholder,
    shown(scene.canary.value, 'anybody'),
    shown(scene.canary.value, 'hashed'),
    shown(db.placeholder, 'hashed'),
  ])
    assert.equal((await asked(answer)).isIn, false)
})

test('PG-13: a superuser is let through where the scope says so', { skip }, async () => {
  const db = await openFor('chief', { inject: { superuser: 'pass' } })
  const { stdout } = await db.psql("select current_setting('is_superuser')")
  assert.equal(stdout.trim(), 'on')
})

test('PG-13: a session whose role becomes a superuser ends', { skip }, async () => {
  const db = await openFor('app_clear', { inject: { tls: 'off' } })
  scene.server.query('grant chief to app_clear')
  const client = await loggedIn(db)
  client.socket.write(say('Q', 'set role chief\0'))
  await client.closed()
  assert.match(client.heard.toString('latin1'), /no longer one that the scope allows/)
  scene.server.query('revoke chief from app_clear')
})

test('CO-05: a certificate of another name or of an unknown authority is refused', { skip }, async () => {
  const unknown = await openFor('app', { scope: { roots: undefined as never } })
  assert.match(await refusalOf(unknown), /certificate of the service cannot be verified/)
  const elsewhere = await openFor('app', {
    scope: { to: `postgres://other.service.test:${scene.server.port}` },
    value: `postgres://app:${scene.canary.value}@other.service.test:${scene.server.port}/app`,
  })
  assert.match(await refusalOf(elsewhere), /certificate of the service cannot be verified/)
})

test('PG-12: what the service says after the login comes through with its text', { skip }, async () => {
  const db = await openFor('app', { inject: { databases: ['missing', 'other'] } })
  const { stderr } = await db.psql('select 1', { PGDATABASE: 'missing' })
  assert.match(stderr, /database "missing" does not exist/)
  const other = await db.psql('select current_database()', { PGDATABASE: 'other' })
  assert.equal(other.stdout.trim(), 'other')
})

test('a password alone is a login where the scope names the user', { skip }, async () => {
  const db = await openFor('app', { value: scene.canary.value, inject: { user: 'app', database: 'app' } })
  const { stdout } = await db.psql('select current_user, current_database()')
  assert.equal(stdout.trim(), 'app|app')
  assert.equal(db.inside.sandbox.connect.env['PGDATABASE'], 'app')
})

const oddPasswords: readonly (readonly [string, string])[] = [
  ['a comma, an equals sign, a colon and an at sign', 'a,b=c:d@e/f%g'],
  ['300 bytes', 'x'.repeat(300)],
  ['characters that SASLprep changes', 'I\u00adX\u00aa\u2168'],
  ['characters that SASLprep prohibits', 'tab\tand\u00a0space'],
]

for (const [what, password] of oddPasswords) {
  test(`PG-11: a password with ${what}`, { skip }, async () => {
    scene.server.query(`alter role app_clear password '${password}'`)
    const value = `postgres://app_clear:${encodeURIComponent(password)}@${databaseHost}:${scene.server.port}/app`
    const db = await openFor('app_clear', { inject: { tls: 'off' }, value })
    assert.equal((await db.psql('select 1')).stdout.trim(), '1')
    scene.server.query(`alter role app_clear password '${scene.canary.value}'`)
  })
}

test('a URL of another place than the scope is refused when it is saved', { skip }, async () => {
  const value = `postgres://app:${scene.canary.value}@elsewhere.test:${scene.server.port}/app`
  await assert.rejects(
    scene.store('elsewhere', 'app', { value }),
    (error: { code?: string }) => error.code === 'secret_unusable',
  )
})

test('settings of the scope win over those of a client', { skip }, async () => {
  const db = await openFor('app', { inject: { settings: { statement_timeout: '1234' } } })
  const { stdout } = await db.psql('show statement_timeout', { PGOPTIONS: '-c statement_timeout=0' })
  assert.equal(stdout.trim(), '1234ms')
})

test('a statement that sets a password is refused in its turn, and aborts the transaction', { skip }, async () => {
  const db = await openFor('app')
  const client = await loggedIn(db)
  const [refused] = (await client.query("select 1; alter  /* x */ Role app with PassWord 'mine'")).filter(
    ({ type }) => type === 'E',
  )
  assert.match(fieldOf(refused!, 'M') ?? '', /statement refused by Coatcheck/)
  await client.query('begin')
  const prepared = Buffer.concat([say('P', "\0alter user app password 'mine'\0", Buffer.from([0, 0])), say('S')])
  client.socket.write(prepared)
  const [status] = (await client.until('Z')).slice(-1)
  assert.equal(status?.body.toString(), 'E')
  await client.query('rollback')
  assert.deepEqual(firstColumn(await client.query("select 'the password of app'")), ['the password of app'])
  client.socket.destroy()
  const events = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.code === 'statement_refused')
    return found.length >= 2 ? found : undefined
  })
  assert.match(events[0]?.event.note ?? '', /session: con_\w+, it sets the password of a role/)
})

test('a statement is refused in whatever segments it comes', { skip }, async () => {
  const db = await openFor('app')
  const client = await loggedIn(db)
  const bytes = Buffer.concat([
    say('Q', 'select 1\0'),
    say('Q', "alter role app password 'x'\0"),
    say('Q', 'select 2\0'),
  ])
  for (const byte of bytes) {
    client.socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  const replies = [...(await client.until('Z')), ...(await client.until('Z')), ...(await client.until('Z'))]
  assert.deepEqual(firstColumn(replies), ['1', '2'])
  assert.equal(replies.filter(({ type }) => type === 'E').length, 1)
  client.socket.destroy()
})

test('read-only: writing is refused, and so is what would lift it', { skip }, async () => {
  const db = await openFor('app', { inject: { access: 'read-only' } })
  scene.server.query('create table kept (id int); grant all on kept to app', 'app')
  const client = await loggedIn(db)
  const refused = [
    'insert into kept values (1)',
    'with gone as (delete from kept returning *) select * from gone',
    'set default_transaction_read_only = off',
    'begin read write',
    "select set_config('default_transaction_read_only', 'off', false)",
    'do $$begin perform 1; end$$',
    'copy kept from stdin',
  ]
  for (const statement of refused) {
    assert.ok(
      (await client.query(statement)).some(({ type }) => type === 'E'),
      statement,
    )
  }
  assert.deepEqual(firstColumn(await client.query('select count(*) from kept')), ['0'])
  assert.deepEqual(firstColumn(await client.query('show transaction_read_only')), ['on'])
  client.socket.destroy()
})

test('standby: a server that is none is refused', { skip }, async () => {
  const db = await openFor('app', { inject: { access: 'standby' } })
  assert.match(await refusalOf(db), /^42501/)
})

test('A3: statements are told without their values, where the scope asks for that', { skip }, async () => {
  const db = await openFor('app', { inject: { log: 'statements' } })
  const silent = await openFor('app')
  const client = await loggedIn(db)
  await client.query("select 'secret value' as name, 12345 -- secret remark")
  await client.query('do $$begin perform 67890; end$$; select 1')
  await client.query("alter role app password 'secret value'")
  const prepared = say('P', 'named\0select $1::text, 4711\0', Buffer.from([0, 0]))
  client.socket.write(Buffer.concat([prepared, say('S')]))
  await client.until('Z')
  client.socket.destroy()
  await silent.psql("select 'nobody asked'")
  const notes = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.kind === 'connection.said')
    return found.length >= 4 ? found.map(({ event }) => event.note?.replace(/^session: con_\w+, /, '')) : undefined
  })
  assert.deepEqual(notes.toSorted(), [
    'prepared: select $1::text, ?',
    'statement: do ?',
    'statement: select ?',
    'statement: select ? as name, ?',
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, Long, serialize } from 'bson'
import { type CommandRules, judgeCommand } from './command-rules.ts'

const everything: CommandRules = { databases: undefined, isReadOnly: false }
const full: CommandRules = { databases: new Set(['app', 'further']), isReadOnly: false }
const reading: CommandRules = { ...full, isReadOnly: true }

const faultOf = (command: Document, rules: CommandRules): string | undefined =>
  judgeCommand(Buffer.from(serialize({ ...command, $db: command['$db'] ?? 'app' })), rules).fault

const read: readonly Document[] = [
  { find: 'things', filter: { $where: 'true', $out: 1 } },
  {
    aggregate: 'things',
    pipeline: [{ $match: { a: 1 } }, { $group: { _id: null, all: { $mergeObjects: '$$ROOT' } } }],
    cursor: {},
  },
  { aggregate: 1, pipeline: [{ $documents: [] }], cursor: {} },
  { aggregate: 'things', pipeline: [{ $lookup: { from: 'others', pipeline: [{ $unionWith: 'more' }], as: 'x' } }] },
  { aggregate: 'things', pipeline: [{ $unionWith: { coll: 'more', db: 'further' } }] },
  { count: 'things' },
  { distinct: 'things', key: 'a' },
  { getMore: Long.fromNumber(7), collection: 'things' },
  { killCursors: 'things', cursors: [] },
  { listCollections: 1 },
  { listIndexes: 'things' },
  { explain: { find: 'things' }, verbosity: 'queryPlanner' },
  { explain: { aggregate: 'things', pipeline: [], cursor: {}, $db: 'app' } },
  { find: 'things', $db: 'further', lsid: {}, $clusterTime: {}, $readPreference: {} },
  { ping: 1, $db: 'admin' },
  { endSessions: [], $db: 'admin' },
  { commitTransaction: 1, $db: 'admin' },
  { connectionStatus: 1, $db: 'admin' },
  { hello: 1, $db: 'admin' },
]

for (const command of read) {
  test(`MG-11: reading is let through in both kinds of access: ${JSON.stringify(command)}`, () => {
    assert.equal(faultOf(command, reading), undefined)
    assert.equal(faultOf(command, full), undefined)
  })
}

const write: readonly Document[] = [
  { insert: 'things', documents: [{}] },
  { update: 'things', updates: [] },
  { delete: 'things', deletes: [] },
  { findAndModify: 'things', remove: true },
  { findandmodify: 'things', remove: true },
  { create: 'things' },
  { createIndexes: 'things', indexes: [] },
  { drop: 'things' },
  { dropDatabase: 1 },
  { dropIndexes: 'things', index: '*' },
  { collMod: 'things' },
  { renameCollection: 'app.things', to: 'further.things', $db: 'admin' },
  { aggregate: 'things', pipeline: [{ $out: 'others' }] },
  { aggregate: 'things', pipeline: [{ $out: { db: 'further', coll: 'x' } }] },
  { aggregate: 'things', pipeline: [{ $merge: { into: 'others' } }] },
  { aggregate: 'things', pipeline: [{ $merge: 'others' }] },
  { aggregate: 'things', pipeline: [{ $merge: { into: { db: 'further', coll: 'x' } } }] },
  { aggregate: 'things', pipeline: [{ $facet: { one: [{ $lookup: { from: 'x', pipeline: [{ $out: 'y' }] } }] } }] },
  { explain: { delete: 'things', deletes: [] } },
  { explain: { aggregate: 'things', pipeline: [{ $out: 'y' }] } },
]

for (const command of write) {
  test(`MG-11: writing is refused where the scope is for reading only: ${JSON.stringify(command)}`, () => {
    assert.equal(faultOf(command, reading), 'the scope is for reading only')
    assert.equal(faultOf(command, full), undefined)
  })
}

const never: readonly (readonly [Document, RegExp])[] = [
  ...[
    ...[
      'saslStart',
      'saslContinue',
      'authenticate',
      'logout',
      'getnonce',
      'copydbsaslstart',
      'createUser',
      'updateUser',
    ],
    ...['dropUser', 'dropAllUsersFromDatabase', 'usersInfo', 'grantRolesToUser', 'revokeRolesFromUser', 'createRole'],
    ...['updateRole', 'rolesInfo', 'shutdown', 'setParameter', 'getParameter', 'replSetReconfig', 'replSetGetStatus'],
    ...['replSetStepDown', 'eval', '$eval', 'mapReduce', 'applyOps', 'bulkWrite', 'currentOp', 'killOp', 'getLog'],
    ...['getCmdLineOpts', 'hostInfo', 'serverStatus', 'fsync', 'cloneCollection', 'configureFailPoint', 'Find', 'FIND'],
    ...['killAllSessions', 'killSessions', 'top', '__proto__', 'constructor', ''],
  ].map((name) => [{ [name]: 1 }, /^it is on no list$/] as const),
  [{ find: 'things', $db: 'other' }, /its database/],
  [{ find: 'system.users', $db: 'admin' }, /its database/],
  [{ find: 'system.views' }, /one of the service/],
  [{ insert: 'system.js', documents: [{}] }, /one of the service/],
  [{ aggregate: 1, pipeline: [{ $currentOp: {} }], $db: 'admin' }, /its database/],
  [
    { aggregate: 'x', pipeline: [{ $lookup: { from: { db: 'admin', coll: 'system.users' }, as: 'x' } }] },
    /its database/,
  ],
  [{ aggregate: 'x', pipeline: [{ $unionWith: { db: 'other', coll: 'x' } }] }, /its database/],
  [{ aggregate: 'x', pipeline: [{ $out: { db: 'other', coll: 'x' } }] }, /its database/],
  [{ aggregate: 'x', pipeline: [{ $merge: { into: { db: 'other', coll: 'x' } } }] }, /its database/],
  [{ aggregate: 'x', pipeline: [{ $out: { s3: { bucket: 'mine' } } }] }, /no collection/],
  [{ aggregate: 'x', pipeline: [{ $merge: { into: { atlas: {} } } }] }, /no collection/],
  [{ create: 'view', viewOn: 'x', pipeline: [{ $unionWith: { db: 'other', coll: 'x' } }] }, /its database/],
  [{ renameCollection: 'app.things', to: 'other.things', $db: 'admin' }, /its database/],
  [{ renameCollection: 'app.things', to: 'app.system.js', $db: 'admin' }, /its database/],
  [{ renameCollection: 'app', to: 'app.x', $db: 'admin' }, /its database/],
  [{ listDatabases: 1, $db: 'admin' }, /all databases/],
  [{ explain: { usersInfo: 1 } }, /on no list/],
  [{ explain: { ping: 1 } }, /explains no command/],
  [{ explain: { explain: { find: 'x' } } }, /explains no command/],
  [{ explain: { find: 'x', $db: 'other' } }, /unclear/],
  [{ explain: 'find' }, /explains no command/],
  [{ find: 'x', $db: 5 }, /unclear/],
  [{ find: 'x', $audit: {} }, /field of servers/],
  [{ find: 'x', $impersonatedUser: {} }, /field of servers/],
]

for (const [command, fault] of never) {
  test(`MG-05: refused in every kind of access: ${JSON.stringify(command)}`, () => {
    assert.match(faultOf(command, full) ?? '', fault)
    assert.notEqual(faultOf(command, reading), undefined)
  })
}

test('a scope without databases has all but those of the service', () => {
  for (const $db of ['app', 'anything']) assert.equal(faultOf({ find: 'x', $db }, everything), undefined)
  for (const $db of ['admin', 'config', 'local', 'Admin', 'a.b', 'a$b', 'a b', 'admin\0', '', 'x'.repeat(64)]) {
    assert.match(faultOf({ find: 'x', $db }, everything) ?? '', /its database/, $db)
  }
  assert.equal(faultOf({ listDatabases: 1, $db: 'admin' }, everything), undefined)
})

/** A document whose keys are these, each with the number one, or a text. */
function documentOf(...elements: readonly (readonly [string, string | number])[]): Buffer {
  const parts = elements.map(([name, value]) => Buffer.from(serialize({ [name]: value })).subarray(4, -1))
  const bytes = Buffer.concat([Buffer.alloc(4), ...parts, Buffer.alloc(1)])
  bytes.writeInt32LE(bytes.length)
  return bytes
}

const unclear: readonly (readonly [string, Buffer])[] = [
  ['two databases', documentOf(['find', 'x'], ['$db', 'app'], ['$db', 'admin'])],
  ['its name twice', documentOf(['find', 'x'], ['$db', 'app'], ['find', 'system.users'])],
  ['two targets', documentOf(['renameCollection', 'app.a'], ['to', 'app.b'], ['to', 'other.b'], ['$db', 'admin'])],
  ['no database', documentOf(['find', 'x'])],
  ['nothing', documentOf()],
  ['a length that is too long', Buffer.concat([Buffer.from([99, 0, 0, 0]), documentOf(['ping', 1]).subarray(4)])],
  ['a text that runs out of it', Buffer.from('120000000266696e6400ffffff7f78000000', 'hex')],
  ['a text of a negative length', Buffer.from('120000000266696e6400ffffffff78000000', 'hex')],
  ['a type that nobody knows', Buffer.from('0c0000004066696e64000000', 'hex')],
  ['a name that does not end', Buffer.from('0900000010707070ff', 'hex')],
]

for (const [what, body] of unclear) {
  test(`a command is refused that is not clear: ${what}`, () => {
    assert.notEqual(judgeCommand(body, everything).fault, undefined)
  })
}

test('MG-11: stages are found however deep they are, and what is too deep is refused', () => {
  const nested = (depth: number): Document => {
    let inner: Document = { $out: 'x' }
    for (let level = 0; level < depth; level += 1) inner = { a: inner }
    return { aggregate: 'x', pipeline: [inner] }
  }
  for (const depth of [1, 50, 95, 500]) assert.notEqual(faultOf(nested(depth), reading), undefined)
})

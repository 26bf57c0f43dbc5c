import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeStatement, type StatementRules } from './statement-rules.ts'

const usual: StatementRules = {
  refusesPasswordChanges: true,
  refusesPasswordHashes: true,
  isReadOnly: false,
  threadOf: (id) => (id === 5 ? 5 : id === 6 ? 60 : undefined),
}

const password = 'it sets the password of a user'
const hash = 'it shows the hash of a password'
const other = 'it ends a session of somebody else'

const refused: readonly (readonly [string, string])[] = [
  ["set password = password('x')", password],
  ["SET /* x */ PassWord for a@'%' = 'x'", password],
  ['set @a = 1, password = 1', password],
  ["alter user current_user() identified by 'x'", password],
  ["alter user if exists a identified via ed25519 using password('x')", password],
  ["create user a identified by 'x'", password],
  ['create or replace user a', password],
  ["create user 'a'@'%'", password],
  ["grant select on app.* to a identified by 'x'", password],
  ["/*!50000 alter user a identified by 'x' */", password],
  ["/*M!100100 set password = 'x' */", password],
  ["select 1; -- it's nothing\nset password = 'x'", password],
  ["select 1; # it's nothing\nset password = 'x'", password],
  ["select 'it\\'s'; set password = 'x'", password],
  ['show create user', hash],
  ['show grants for current_user()', hash],
  ['kill 4', other],
  ['kill query 4', other],
  ['kill user app', other],
  ['kill query id 5', other],
  ['kill connection_id()', other],
  ['select 1; kill 5', other],
]

for (const [statement, fault] of refused) {
  test(`${JSON.stringify(statement)}: ${fault}`, () => assert.deepEqual(judgeStatement(statement, usual), { fault }))
}

const passed = [
  "select 'set password'",
  'select `password` from users',
  'select password from users where identified = 1',
  'update users set password = ?',
  'insert into users (password) values (1)',
  'create table user (id int)',
  'create table t (user int, password text)',
  'create index user on t (id)',
  'alter table user add password text',
  'show tables',
  'show create table users',
  "select 'kill 4'",
  '-- kill 4\nselect 1',
  '/* kill 4 */ select 1',
  'kill 5',
  ' KILL  QUERY 5 ; ',
  'kill hard connection 5',
]

for (const statement of passed) {
  test(`${JSON.stringify(statement)} goes on`, () => assert.equal(judgeStatement(statement, usual), undefined))
}

test('MY-03: a number that only the client knows becomes the service’s own', () => {
  assert.deepEqual(judgeStatement('KILL QUERY 6', usual), { instead: 'kill QUERY 60' })
  assert.deepEqual(judgeStatement('kill 6;', usual), { instead: 'kill 60' })
})

test('what a scope passes is not refused', () => {
  const rules = { ...usual, refusesPasswordChanges: false, refusesPasswordHashes: false }
  for (const statement of ["set password = 'x'", 'show grants', 'create user a']) {
    assert.equal(judgeStatement(statement, rules), undefined)
  }
})

const writing = [
  'insert into t values (1)',
  'replace into t values (1)',
  'with gone as (select 1) delete from t',
  "select * into outfile '/tmp/x' from t",
  'start transaction read write',
  'set session transaction read write',
  'set @@session.transaction_read_only = 0',
  'set `tx_read_only` = off',
  'set global read_only = 0',
  'set statement tx_read_only = 0 for insert into t values (1)',
  'call anything()',
  "execute immediate 'insert into t values (1)'",
  'prepare s from @text',
  'begin not atomic insert into t values (1); end',
  'start slave',
  '/*!insert*/ into t values (1)',
  'lock tables t write',
  'flush tables',
  'select 1; drop table t',
  'analyze table t',
]

for (const statement of writing) {
  test(`read-only: ${statement} is refused`, () => {
    assert.deepEqual(judgeStatement(statement, { ...usual, isReadOnly: true }), {
      fault: 'the scope is for reading only',
    })
  })
}

const reading = [
  'select replace(a, "x", "y"), truncate(1.5, 0), insert(a, 1, 1, "x") from t'.replace(
    'insert(a, 1, 1, "x")',
    'left(a, 1)',
  ),
  'select `update`, `delete` from `insert`',
  "select 'delete'",
  'show create table t',
  'start transaction',
  'begin',
  'commit',
  'set names utf8mb4',
  'set session transaction isolation level repeatable read',
  'explain select 1',
  'with a as (select 1) select * from a',
  'select 1 into @a',
  'select role, statement, @@tx_read_only from t',
  '(select 1)',
]

for (const statement of reading) {
  test(`read-only: ${statement} goes on`, () => {
    assert.equal(judgeStatement(statement, { ...usual, isReadOnly: true }), undefined)
  })
}

test('a statement of a megabyte that is one literal, one comment or none of both is looked at', () => {
  const length = 1_000_000
  for (const text of [
    "'".padEnd(length, 'x'),
    `/*${'*'.repeat(length)}`,
    "''".repeat(length / 2),
    '`'.repeat(length),
  ]) {
    judgeStatement(`select password ${text}`, { ...usual, isReadOnly: true })
  }
})

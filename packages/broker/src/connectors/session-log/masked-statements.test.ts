import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskedStatements, type SqlDialect } from './masked-statements.ts'

const cases: readonly (readonly [SqlDialect, string, readonly string[]])[] = [
  [
    'postgres',
    "select * from t where a = 'x' and b=1.5e-3 and c = -7",
    ['select * from t where a = ? and b=? and c = -?'],
  ],
  ['postgres', 'select $1, "Name" from "My Table"', ['select $1, "Name" from "My Table"']],
  ['postgres', "select E'it\\'s x', U&'d\\0061t', x'ff', B'01', N'n'", ['select ?, …']],
  ['postgres', "insert into t values (1, 'a'), (2, 'b'), (3, 'c')", ['insert into t values (?, …), …']],
  ['postgres', 'do $body$ secret $x$ y $body$; select $$ secret $$', ['do ?', 'select ?']],
  ['postgres', 'select 1 -- secret\n, 2 /* a /* secret */ b */ from t', ['select ?, … from t']],
  ['postgres', "select 'it''s', '' from t;;  ; ", ['select ?, … from t']],
  ['postgres', "alter role app password 'secret'", ['alter role app password ?']],
  ['postgres', "select 'secret", ['select ?']],
  ['postgres', 'select $tag$ secret', ['select ?']],
  ['postgres', 'select /* secret', ['select']],
  ['postgres', "select 'a\\' || ' secret from t where b = 'x'", ['select ?…']],
  ['postgres', 'select "secret: 1=1"', ['select ?']],
  ['postgres', "select\u0007 'a'\r\n from t", ['select ? from t']],
  ['postgres', 'select a1, b$c, 1a$secret$', ['select a1, b$c, ??']],
  [
    'mysql',
    "select \"secret\", 'secret' from `my table` where a = 0xFF and b = b'01'",
    ['select ?, … from `my table` where a = ? and b = ?'],
  ],
  ['mysql', "select _utf8mb4'secret', @@version, @a := 'x'", ['select _utf8mb4?, @@version, @a := ?']],
  ['mysql', 'select 1 # secret\n, 2 -- secret\n, 3--4', ['select ?, …--?']],
  ['mysql', "/*!40101 set names 'utf8' */; select /* secret */ 1", ['set names ?', 'select ?']],
  ['mysql', "insert into t values ('it\\'s secret', 1)", ['insert into t values (?…']],
  ['mysql', "insert into t values ('back\\\\slash', 1)", ['insert into t values (?, …)']],
  ['mysql', "set password = password('secret')", ['set password = password(?)']],
  ['mysql', 'select `secret value: 1=1`', ['select ?']],
]

for (const [dialect, text, masked] of cases) {
  test(`values are masked: ${dialect}: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(maskedStatements(text, dialect), masked)
    assert.doesNotMatch(maskedStatements(text, dialect).join(), /secret/)
  })
}

test('texts are bounded, and so are the statements of one', () => {
  const [long] = maskedStatements(`select ${'a, '.repeat(5_000)}`, 'postgres')
  assert.equal(long?.length, 1_001)
  assert.equal(maskedStatements('select 1;'.repeat(100), 'mysql').at(-1), '80 more')
})

test('a long text is read, whatever it is made of', () => {
  for (const piece of [
    "'",
    "''",
    '"',
    '`',
    '$',
    '$$',
    '/*',
    '*/',
    '--',
    '\\',
    "'\\",
    '1',
    'e',
    '(',
    '?,',
    '\u20ac',
    '\ud800',
  ]) {
    for (const dialect of ['postgres', 'mysql'] as const) {
      const text = `select 1 ${piece.repeat(65_536 / piece.length)}`
      assert.match(maskedStatements(text, dialect)[0] ?? '', /^select/, piece)
    }
  }
})

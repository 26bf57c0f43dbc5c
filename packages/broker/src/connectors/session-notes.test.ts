import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry } from '../audit/audit-log.ts'
import { SessionNotes } from './session-notes.ts'

function setUp() {
  const recorded: AuditEntry[] = []
  const notes = new SessionNotes({
    async append(entry) {
      recorded.push(entry)
    },
  })
  return { recorded, notes }
}

const session = { id: 'con_1', project: 'default', sandbox: 'sbx_1', host: 'db.example', note: 'login' }

test('A3: what a session said is an event of its own, bounded in length, that names the session', () => {
  const { recorded, notes } = setUp()
  notes.said(session, 'statement: select ?')
  notes.said(session, 'x'.repeat(100_000))
  notes.close()
  const [first, long] = recorded
  assert.deepEqual(
    [first?.kind, first?.note, first?.host],
    ['connection.said', 'session: con_1, statement: select ?', 'db.example'],
  )
  assert.notEqual(first?.id, 'con_1')
  assert.ok((long?.note?.length ?? 0) < 1_300)
})

test('SEC-10: the sessions of a sandbox fill the journal no faster than a bounded pace, and not at the cost of others', () => {
  const { recorded, notes } = setUp()
  for (let index = 0; index < 500; index += 1) {
    notes.said({ ...session, id: `con_${index}` }, 'statement: select ?')
    notes.refused(session, 'statement_refused', 'no')
  }
  notes.said({ ...session, sandbox: 'sbx_2' }, 'statement: select ?')
  notes.close()
  const kinds = recorded.map(({ kind, sandbox }) => `${kind} ${sandbox}`)
  const count = (kind: string): number => kinds.filter((each) => each === kind).length
  assert.equal(count('connection.said sbx_1'), 100)
  assert.equal(count('connection.said sbx_2'), 1)
  assert.equal(count('connection.refused sbx_1'), 10)
})

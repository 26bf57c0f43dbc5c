import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandTally } from './command-tally.ts'
import { StatementLog } from './statement-log.ts'

const placeholder = 'ccp_the_placeholder'

function told() {
  const notes: string[] = []
  return { notes, session: { said: (note: string) => void notes.push(note), setup: { placeholder } as never } }
}

test('commands are told by name and number, and no more names than a bounded number', () => {
  const { notes, session } = told()
  const tally = new CommandTally(session)
  for (const name of ['GET', 'SET', 'GET']) tally.add(name)
  tally.close()
  tally.close()
  assert.deepEqual(notes, ['commands: GET 2, SET 1'])
  for (let index = 0; index < 200; index += 1) tally.add(`name${index}`)
  tally.close()
  assert.match(notes[1] ?? '', /name63 1, others 136$/)
})

test('of more statements than fit into a second, the number is told', () => {
  const { notes, session } = told()
  const log = new StatementLog(session, 'postgres')
  for (let index = 0; index < 200; index += 1) log.add(Buffer.from(`select ${index}`), index === 0)
  log.addUnread(2_000_000)
  log.close()
  assert.deepEqual(notes.slice(0, 2), ['prepared: select ?', 'statement: select ?'])
  // It may have been more than one second.
  const single = notes.filter((note) => note.includes(': ')).length
  const left = notes.reduce((sum, note) => sum + Number(/^(\d+) further/.exec(note)?.[1] ?? 0), 0)
  assert.ok(single < 100)
  assert.equal(single + left, 201)
})

test('a placeholder that stands in a statement is not told', () => {
  const { notes, session } = told()
  new StatementLog(session, 'mysql').add(Buffer.from(`select ${placeholder} from ${placeholder}x`), false)
  assert.deepEqual(notes, ['statement: select ? from ?x'])
})

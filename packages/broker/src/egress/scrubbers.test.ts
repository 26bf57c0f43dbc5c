import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attachment } from './exchange.ts'
import type { Routes } from './routes.ts'
import { Scrubbers } from './scrubbers.ts'

const value = { use: <Result>(look: (bytes: Buffer) => Result): Result => look(Buffer.from('sk-0123456789abcdef')) }

/** What a sandbox uses: one grant of one secret. */
function use(sandboxId: string, version = 1) {
  const grant = { grant: { id: `grt_of_${sandboxId}` }, placeholder: 'sk-placeholder00000', provider: null }
  const scope = { injection: {}, newKeys: 'pass' }
  const attachments = [{ grant, scope, secret: { version, value } }]
  const routes = { sandbox: { id: sandboxId }, placeholders: [] }
  return { attachments: attachments as unknown as Attachment[], routes: routes as unknown as Routes }
}

test('what was made for a request serves the next one with the same secrets', () => {
  const scrubbers = new Scrubbers()
  const { attachments, routes } = use('one')
  const first = scrubbers.of(attachments, routes)
  assert.equal(first.text('is sk-0123456789abcdef').text, 'is sk-placeholder00000')
  assert.equal(scrubbers.of(attachments, routes), first)
  assert.notEqual(scrubbers.of(attachments, { ...routes }), first)
})

test('what was made of the values of a sandbox goes with it, and nothing of others', () => {
  const scrubbers = new Scrubbers()
  const [one, two] = [use('one'), use('two')]
  const made = [scrubbers.of(one.attachments, one.routes), scrubbers.of(two.attachments, two.routes)]
  scrubbers.endSandbox('one')
  assert.notEqual(scrubbers.of(one.attachments, one.routes), made[0])
  assert.equal(scrubbers.of(two.attachments, two.routes), made[1])
  scrubbers.forget()
  assert.notEqual(scrubbers.of(two.attachments, two.routes), made[1])
})

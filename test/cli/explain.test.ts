import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Explanation } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'

const key = makeCanary('sk-proj-')

describe('coatcheck explain', () => {
  let home: TemporaryHome
  let coatcheck: CoatcheckCommand
  before(async () => {
    home = makeTemporaryHome()
    coatcheck = makeCoatcheckCommand(home.path)
    const { code } = await coatcheck.run(['secret', 'create', 'openai', '--provider', 'openai'], { stdin: key.value })
    assert.equal(code, 0)
    const args = ['sandbox', 'create', '--name', 'web', '--secret', 'OPENAI_API_KEY=openai']
    const created = await coatcheck.run(args)
    assert.equal(created.code, 0, created.stderr)
  })
  after(() => home[Symbol.dispose]())

  const url = 'https://api.openai.com/v1/models'
  const explain = (...args: readonly string[]) => coatcheck.run(['explain', 'get', ...args, '--sandbox', 'web'])

  test('AC-8.2: says for a person which scope, secret and place a request meets', async () => {
    const { code, stdout, stderr } = await explain(url, '--header', 'Authorization: Bearer $OPENAI_API_KEY')
    assert.equal(code, 0, stderr)
    for (const part of [
      /web \(sbx_\w+\), active/,
      /GET https:\/\/api\.openai\.com\/v1\/models/,
      /inspected: the scope api\.openai\.com covers it/,
      /TLS to api\.openai\.com:443; public addresses only/,
      /OPENAI_API_KEY: secret openai, active/,
      /and stands there: Authorization: Bearer <OPENAI_API_KEY>/,
      /in responses: cookies: drop; what cannot be searched: pass; new keys: mask/,
      /injected openai for OPENAI_API_KEY by bearer, for api\.openai\.com/,
    ]) {
      assert.match(stdout, part)
    }
    assert.ok(!stdout.includes(key.value))
  })

  test('AC-8.2: says why none, with the remedy, and ends with the code of a refusal', async () => {
    const { code, stdout } = await explain('https://elsewhere.example/')
    assert.equal(code, 4)
    assert.match(stdout, /denied: no scope and no rule names it/)
    assert.match(stdout, /no {3}api\.openai\.com: another host/)
    assert.match(stdout, /refused {2}destination_denied: /)
    const json = await coatcheck.run(['explain', 'GET', url, '--sandbox', 'web', '--json'])
    const { verdict, notes } = JSON.parse(json.stdout) as Explanation
    assert.equal(verdict.outcome, 'forwarded')
    assert.match(notes.join(), /No placeholder stands in the request/)
  })

  test('says what is wrong with a question', async () => {
    assert.equal((await coatcheck.run(['explain', 'GET', url])).code, 2)
    assert.equal((await coatcheck.run(['explain', 'GET', url, '--sandbox', 'nobody'])).code, 3)
    for (const args of [['not-a-url'], [url, '--header', 'no colon']]) assert.equal((await explain(...args)).code, 2)
  })
})

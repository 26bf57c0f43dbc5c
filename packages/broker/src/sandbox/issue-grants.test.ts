import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, problemBody, type SandboxCreate } from '@coatcheck/contract'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

/** A key in the place of the name of a variable: one that is no such name, and one that is. */
const pasted = 'sk-proj-Zq81kLm90PrT5vXy'
const pastedWord = 'sk_live_Zq81kLm90PrT5vXyAb'

const refusals: readonly (readonly [what: string, input: SandboxCreate, field: string])[] = [
  ['a secret under no name', { secrets: { [pasted]: 'api' } }, 'secrets'],
  ['a value under no name', { credentials: { [pasted]: 'x'.repeat(20) } }, 'credentials'],
  ['rules under no name', { rules: { [pasted]: { default: 'deny', rules: [] } } }, 'rules'],
  ['rules without a grant', { rules: { [pastedWord]: { default: 'deny', rules: [] } } }, 'rules'],
  [
    'a name of a secret and of a value',
    { secrets: { [pastedWord]: 'api' }, credentials: { [pastedWord]: 'x'.repeat(20) } },
    'credentials',
  ],
  [
    'a value with a base URL and a use',
    {
      credentials: { [pastedWord]: 'x'.repeat(20) },
      baseUrls: { [pastedWord]: 'https://a.example' },
      credentialUses: { [pastedWord]: { provider: 'openai' } },
    },
    'credentialUses',
  ],
]

for (const [what, input, field] of refusals) {
  test(`${what} is refused by the member of the request, and no part of the name comes back (S1)`, async (context) => {
    const { sandboxes } = makeRoom(context)
    const error = await refusalOf(sandboxes.create(project, input))
    assert.equal(error.code, 'request_invalid')
    assert.equal(error.facts['field'], field)
    assertSilent(error)
  })
}

test('attaching under no name says `env`, and no part of the name comes back (S1)', async (context) => {
  const { sandboxes, grants } = makeRoom(context)
  const { id } = await sandboxes.create(project, {})
  const error = await refusalOf(grants.attach(project, id, pasted, { secret: 'api' }))
  assert.deepEqual([error.code, error.facts['field']], ['request_invalid', 'env'])
  assertSilent(error)
})

test('a name that looks like a key is masked where a name would be said, and another one is said (S1)', async (context) => {
  const { sandboxes } = makeRoom(context)
  const unknown = await refusalOf(sandboxes.create(project, { credentials: { [pastedWord]: 'x'.repeat(20) } }))
  assert.equal(unknown.code, 'provider_unknown')
  assertSilent(unknown)
  const nobody = await refusalOf(sandboxes.create(project, { secrets: { [pastedWord]: 'nobody' } }))
  assert.equal(nobody.code, 'secret_not_found')
  assertSilent(nobody)
  const plain = await refusalOf(sandboxes.create(project, { secrets: { MY_KEY: 'nobody' } }))
  assert.equal(plain.facts['variable'], 'MY_KEY')
})

test('rules for a variable that has a grant are taken (S1)', async (context) => {
  const { sandboxes } = makeRoom(context)
  const { grants } = await sandboxes.create(project, {
    secrets: { KEY: 'api' },
    rules: { KEY: { default: 'deny', rules: [] } },
  })
  assert.deepEqual(
    grants.map(({ env }) => env),
    ['KEY'],
  )
})

async function refusalOf(work: Promise<unknown>): Promise<CoatcheckError> {
  const error = await work.then(
    () => assert.fail('it was taken'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof CoatcheckError)
  return error
}

function assertSilent(error: CoatcheckError): void {
  const said = JSON.stringify([error.message, error.facts, problemBody(error.code, error.facts)])
  for (const part of ['Zq81', 'kLm90', 'PrT5', 'vXy']) assert.ok(!said.includes(part), said)
}

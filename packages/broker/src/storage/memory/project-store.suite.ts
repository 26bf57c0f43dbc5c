import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Member } from '../../access/member.ts'
import type { ProjectStore } from '../../access/project-store.ts'

const at = '2026-11-23T10:00:00.000Z'
const ann: Member = { project: 'shop', name: 'ann', role: 'operator', createdAt: at }

/** What every store of projects must do. */
export function testProjectStore(name: string, make: (context: TestContext) => ProjectStore): void {
  test(`${name}: projects are found by name, once each, until they are removed`, (context) => {
    const store = make(context)
    assert.deepEqual(store.list(), [])
    store.create({ name: 'shop', createdAt: at })
    store.create({ name: 'lab', createdAt: at })
    assert.throws(() => store.create({ name: 'shop', createdAt: at }), { code: 'project_exists' })
    assert.deepEqual(
      store.list().map((project) => project.name),
      ['lab', 'shop'],
    )
    assert.deepEqual(store.find('shop'), { name: 'shop', createdAt: at })
    store.remove('shop')
    store.remove('shop')
    assert.equal(store.find('shop'), undefined)
    assert.deepEqual(store.list(), [{ name: 'lab', createdAt: at }])
  })

  test(`${name}: R-89: members belong to one project, have one role, and go with their project`, (context) => {
    const store = make(context)
    store.create({ name: 'shop', createdAt: at })
    store.setMember(ann)
    store.setMember({ ...ann, project: 'lab', role: 'owner' })
    store.setMember({ ...ann, name: 'Bob B.', role: 'issuer' })
    store.setMember({ ...ann, role: 'auditor' })
    assert.deepEqual(store.findMember('shop', 'ann'), { ...ann, role: 'auditor' })
    assert.deepEqual(
      store.members('shop').map((member) => member.name),
      ['Bob B.', 'ann'],
    )
    store.removeMember('shop', 'Bob B.')
    assert.equal(store.findMember('shop', 'Bob B.'), undefined)
    store.remove('shop')
    assert.deepEqual(store.members('shop'), [])
    assert.equal(store.findMember('lab', 'ann')?.role, 'owner')
  })
}

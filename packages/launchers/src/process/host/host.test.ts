import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkIdentity, dedicatedIdentity, dropPrivileges, hostIdentityFor, isRoot } from './host-identity.ts'
import { findProgram, requireProgram } from './programs.ts'

const linux = { skip: process.platform !== 'linux' && 'needs Linux' }

test('descriptors that were inherited are closed, the rest stays', linux, () => {
  const file = openSync(import.meta.filename, 'r')
  const script = `
    import { closeInheritedDescriptors, inheritableDescriptors } from ${JSON.stringify(join(import.meta.dirname, 'close-inherited-descriptors.ts'))}
    import { openSync, readFileSync } from 'node:fs'
    const own = openSync('/dev/null', 'r')
    const before = inheritableDescriptors().sort((left, right) => left - right)
    closeInheritedDescriptors()
    console.log(JSON.stringify([before, inheritableDescriptors(), readFileSync(own, 'utf8')]))`
  const stdio: ('ignore' | 'pipe' | number)[] = Array.from({ length: 252 }, () => 'ignore' as const)
  stdio[1] = 'pipe'
  for (const place of [77, 251]) stdio[place] = file
  const output = execFileSync(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], { stdio })
  assert.deepEqual(JSON.parse(output.toString()), [[77, 251], [], ''])
})

test('programs are found in folders of the system only, whatever PATH says', linux, () => {
  const before = process.env['PATH']
  process.env['PATH'] = tmpdir()
  try {
    assert.match(requireProgram('sh'), /^\/(?:usr\/)?bin\/sh$/)
    assert.equal(findProgram('no-such-program'), undefined)
    assert.throws(() => requireProgram('no-such-program'), { code: 'launch_impossible' })
  } finally {
    process.env['PATH'] = before
  }
})

test('root must name another user, and nobody else may', linux, () => {
  if (isRoot()) {
    assert.throws(() => checkIdentity(undefined), { code: 'launch_impossible' })
    for (const runAs of [
      { uid: 0, gid: 5 },
      { uid: 5, gid: 0 },
      { uid: -1, gid: 5 },
      { uid: 1.5, gid: 5 },
      { uid: 2 ** 32 - 1, gid: 5 },
    ]) {
      assert.throws(() => checkIdentity(runAs), { code: 'launch_impossible' }, JSON.stringify(runAs))
    }
    checkIdentity(dedicatedIdentity)
  } else {
    checkIdentity(undefined)
    assert.throws(() => checkIdentity(dedicatedIdentity), { code: 'launch_impossible' })
  }
})

test('a sandbox runs as the owner of the folder, never as root', linux, () => {
  assert.deepEqual(hostIdentityFor('/'), isRoot() ? dedicatedIdentity : undefined)
  if (isRoot()) assert.throws(() => hostIdentityFor('/no/such/folder'), { code: 'mount_forbidden' })
})

test('dropping privileges leaves no group, capability or way back', linux, () => {
  const line = dropPrivileges(dedicatedIdentity).join(' ')
  for (const part of ['--reuid=65525', '--regid=65525', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all']) {
    assert.ok(line.includes(part), part)
  }
  assert.deepEqual(dropPrivileges(undefined), [])
})

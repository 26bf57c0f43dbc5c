import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Mount } from '../../launcher.ts'
import { checkMounts } from './checked-mount.ts'
import { ForbiddenPlaces } from './forbidden-places.ts'

suite('mounts', () => {
  let root: string
  const at = (...names: string[]) => join(root, ...names)
  const check = (mount: Partial<Mount> & { source: string }, forbiddenPaths: readonly string[] = []) =>
    checkMounts([{ writable: false, ...mount }], new ForbiddenPlaces(forbiddenPaths), undefined)
  const refuses = (mount: Partial<Mount> & { source: string }, forbiddenPaths: readonly string[] = []) =>
    assert.throws(() => check(mount, forbiddenPaths), { code: 'mount_forbidden' }, JSON.stringify(mount))

  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'mounts-')))
    for (const name of ['state/vault', 'project/src', 'project/nested']) mkdirSync(at(name), { recursive: true })
    writeFileSync(at('project/file'), '')
    symlinkSync(at('state'), at('link-to-state'))
    symlinkSync(at('state/vault'), at('project/link-to-vault'))
    symlinkSync('/', at('link-to-root'))
    symlinkSync(at('project'), at('link-to-project'))
  })
  after(() => rmSync(root, { recursive: true }))

  test('a folder keeps its path inside, a file is known as one, and a link shows where it leads', () => {
    const [folder] = check({ source: at('project') })
    assert.deepEqual([folder?.source, folder?.target, folder?.kind], [at('project'), at('project'), 'directory'])
    assert.equal(check({ source: at('project/file'), target: '/place/file/' })[0]?.kind, 'file')
    const [linked] = check({ source: at('link-to-project') })
    assert.deepEqual([linked?.source, linked?.target], [at('project'), at('link-to-project')])
  })

  test('a folder that the sandbox’s user may not enter is refused, and one that it may is shown', () => {
    const mount = { source: at('project'), writable: false }
    const runAs = { uid: 4_000_001, gid: 4_000_001 }
    const show = (mode: number) => {
      chmodSync(at('project'), mode)
      return checkMounts([mount], new ForbiddenPlaces([]), runAs)
    }
    assert.throws(() => show(0o700), { code: 'mount_forbidden' })
    assert.throws(() => show(0o751), { code: 'mount_forbidden' })
    assert.equal(show(0o755).length, 1)
  })

  test('SEC-04: a forbidden place, what holds it and what lies in it are refused, through links too', () => {
    for (const place of [at('state/vault'), at('link-to-state/vault'), at('state/vault/absent/key')]) {
      for (const source of ['state', 'state/vault', 'link-to-state', 'link-to-state/vault', 'project/link-to-vault']) {
        if (place.endsWith('key') && source.endsWith('nowhere')) continue
        refuses({ source: at(source), target: '/place' }, [place])
      }
      check({ source: at('project') }, [place])
    }
    refuses({ source: root }, [at('state/vault')])
    refuses({ source: at('link-to-root') })
    refuses({ source: at('link-to-root', root, 'state/vault') }, [at('state/vault')])
  })

  test('SEC-04: the root, homes as a whole, kernel interfaces, sockets and configuration of the host are refused', () => {
    for (const source of [
      '/',
      '/home',
      '/var',
      '/tmp',
      '/proc',
      '/proc/self',
      '/sys',
      '/dev',
      '/run',
      '/etc',
      '/etc/ssl',
      '/var/run',
    ]) {
      refuses({ source, target: '/place' })
    }
  })

  test('SEC-04: a socket is refused, and so is what does not exist', async () => {
    const server = createServer().listen(at('service.sock'))
    await new Promise((resolve) => server.once('listening', resolve))
    refuses({ source: at('service.sock') })
    server.close()
    refuses({ source: at('absent') })
    refuses({ source: '/dev/null', target: '/place' })
  })

  test('a target that belongs to the sandbox itself is refused', () => {
    for (const target of [
      '/',
      '/etc',
      '/etc/ssl',
      '/usr',
      '/usr/bin',
      '/usr/local',
      '/bin/x',
      '/lib',
      '/proc/x',
      '/dev/x',
      '/run/x',
      '/home',
      '/tmp',
      '/place/../etc',
      'relative',
      '',
    ]) {
      refuses({ source: at('project'), target })
    }
    for (const target of ['/place', '/home/agent/project', '/tmp/project', '/opt/x', '/home/agent']) {
      check({ source: at('project'), target })
    }
  })

  test('a mount inside another needs a real place there, and two may not have the same', () => {
    const both = (first: Mount, second: Mount) => checkMounts([first, second], new ForbiddenPlaces([]), undefined)
    const outer = { source: at('project'), target: '/place', writable: true }
    const ordered = both({ source: at('state'), target: '/place/nested', writable: false }, outer)
    assert.deepEqual(
      ordered.map(({ target }) => target),
      ['/place', '/place/nested'],
    )
    for (const target of ['/place', '/place/absent', '/place/link-to-vault', '/place/link-to-vault/x', '/place/file']) {
      assert.throws(
        () => both(outer, { source: at('state'), target, writable: false }),
        { code: 'mount_forbidden' },
        target,
      )
    }
  })

  test('as another user, a writable mount must be that user’s', () => {
    const runAs = { uid: 4_000_000, gid: 4_000_000 }
    const [mount] = checkMounts([{ source: at('project'), writable: true }], new ForbiddenPlaces([]), runAs)
    assert.equal(mount?.writable, false)
    assert.match(mount?.readOnlyReason ?? '', /belongs to user/)
  })
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8' }
const version = Number(
  /^systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version'], { env }).stdout?.toString())?.[1],
)
/** The first version that reviews a unit file where no systemd runs. */
const offlineReview = 250
const skip = version >= offlineReview ? false : `systemd-analyze ${offlineReview} or later is not installed`

/** Tenths of the exposure level, 0 to 100, that the unit may have at most. */
const highestExposure = 15

describe('the systemd unit', { skip }, () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-unit-'))
    cpSync(join(repositoryRoot, 'deploy'), folder, { recursive: true })
    const unit = join(folder, 'coatcheck.service')
    // The program is not installed here, and that is not the question.
    writeFileSync(unit, readFileSync(unit, 'utf8').replace('/usr/bin/coatcheck', process.execPath))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is valid, with its drop-ins', async () => {
    const args = ['systemd-analyze', 'verify', '--man=no', join(folder, 'coatcheck.service')]
    const { code, stdout, stderr } = await runToEnd(args, { env })
    assert.deepEqual([code, stdout, stderr], [0, '', ''])
  })

  test('exposes little of the machine', async () => {
    const review = ['security', '--offline=yes', `--threshold=${highestExposure}`, '--no-pager']
    const { code, stdout } = await runToEnd(['systemd-analyze', ...review, join(folder, 'coatcheck.service')], { env })
    assert.equal(code, 0, stdout)
  })
})

test('drop-ins hand files to the broker as credentials, and none holds a value', () => {
  const folder = join(repositoryRoot, 'deploy/coatcheck.service.d')
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8')
    const [, credential] = /^LoadCredential=([a-z-]+):\/etc\/coatcheck\/\1$/m.exec(text) ?? []
    assert.match(text, new RegExp(`^Environment="COATCHECK_[A-Z_]+=--[a-z-]+ %d/${credential}"$`, 'm'), name)
  }
})

test('the container runs as a user of its own, keeps keys apart from data, and nothing secret is built in', () => {
  const text = readFileSync(join(repositoryRoot, 'Containerfile'), 'utf8')
  const [, , final = ''] = text.split(/^FROM /m)
  assert.match(final, /^USER [1-9]\d+:[1-9]\d+$/m)
  assert.match(final, /^VOLUME \["\/var\/lib\/coatcheck", "\/var\/lib\/coatcheck-keys"\]$/m)
  assert.deepEqual(final.match(/^COPY .*$/gm), ['COPY --from=build /opt/coatcheck /opt/coatcheck'])
  assert.doesNotMatch(text, /secret=|_TOKEN|_KEY|PASSWORD/i)
})

test('the build context is an allow list', () => {
  const lines = readFileSync(join(repositoryRoot, '.containerignore'), 'utf8').split('\n')
  const [first, ...rest] = lines.filter((line) => line !== '' && !line.startsWith('#'))
  assert.equal(first, '*')
  for (const line of rest) assert.match(line, /^(?:!|\*\*\/)/)
})

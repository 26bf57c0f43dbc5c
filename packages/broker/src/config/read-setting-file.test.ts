import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { readSettingFile } from './read-setting-file.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-setting-'))
})
after(() => rmSync(folder, { recursive: true }))

function fileOf(text: string, mode: number): string {
  const path = join(folder, 'setting')
  rmSync(path, { force: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

function refused(path: string, reason: RegExp, options = {}): void {
  assert.throws(
    () => readSettingFile('roots', path, options),
    (error) =>
      error instanceof CoatcheckError &&
      error.code === 'settings_invalid' &&
      error.facts['path'] === path &&
      reason.test(String(error.facts['reason'])) &&
      !/hunter2/.test(error.message),
  )
}

test('a file is read without the white space around it', () => {
  assert.equal(readSettingFile('roots', fileOf(' text\nmore \n', 0o644)), 'text\nmore')
})

test('a secret is read from a file of its owner, also where an access list shows as the group’s', () => {
  for (const mode of [0o400, 0o600, 0o440]) {
    assert.equal(readSettingFile('passphrase', fileOf('hunter2\n', mode), { secret: true }), 'hunter2')
  }
})

for (const mode of [0o644, 0o604, 0o602, 0o601]) {
  test(`a secret in a file of mode ${mode.toString(8)} is refused`, () => {
    refused(fileOf('hunter2', mode), /others may read it/, { secret: true })
  })
}

test('what is no regular file is refused at once', () => {
  refused(folder, /not a regular file|EISDIR/)
  refused(join(folder, 'absent'), /ENOENT/)
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  refused(pipe, /not a regular file/)
  refused('/dev/zero', /not a regular file/)
})

test('a file that is too large is refused', () => {
  refused(fileOf('x'.repeat(1_048_577), 0o600), /too large/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fitsRepository, readGitCommand, writeGitCommand } from './git-command.ts'

test('the commands of git are read whole, and written as they were', () => {
  for (const text of [
    "git-upload-pack '/team/project.git'",
    "git-receive-pack 'team/project'",
    "git-upload-archive '~me/project.git/'",
    "git-upload-pack 'v3/org/project/_git.repo+x@y'",
  ]) {
    const command = readGitCommand(text)
    assert.equal(command && writeGitCommand(command), text)
  }
})

test('SS-01: whatever is put around or into a command, it is refused, or is one path between two quotes', () => {
  const piece = fc.constantFrom(
    "git-upload-pack '",
    'git-receive-pack',
    "'",
    ' ',
    ';',
    '\n',
    '$(id)',
    '`',
    '..',
    '/',
    '.',
    '-',
    '~',
    'a',
    '\\',
    '"',
    '\0',
    '|',
    'é',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const command = readGitCommand(text)
      if (command === undefined) return
      assert.equal(writeGitCommand(command), text)
      assert.match(command.repository, /^(?!-)[A-Za-z0-9._~+@/-]+$/)
      assert.doesNotMatch(command.repository, /(?:^|\/)\.{1,2}(?:\/|$)|\/\//)
    }),
    { numRuns: 2_000 },
  )
})

test('a command that is too long is none', () => {
  const text = (length: number): string => `git-upload-pack '${'a'.repeat(length)}'`
  assert.notEqual(readGitCommand(text(4_000)), undefined)
  assert.equal(readGitCommand(text(4_200)), undefined)
})

const fitting: readonly (readonly [string, string, boolean])[] = [
  ['team/project', 'team/project', true],
  ['team/project', 'team/project.git', true],
  ['team/project', '/team/project.git', true],
  ['team/project.git', 'team/project', true],
  ['team/project', 'team/project/', true],
  ['/srv/team/project', 'srv/team/project', false],
  ['/srv/team/project', '/srv/team/project', true],
  ['team/*', 'team/project.git', true],
  ['team/*', 'team/a/b', false],
  ['team/pro*', 'team/other', false],
  ['team/**', 'team/a/b', true],
  ['team/**', 'team', false],
  ['**/project', 'a/b/project.git', true],
  ['**', 'a/b', true],
  ['**', '~me/a', true],
  ['*/project', '~me/project', false],
  ['~me/*', '~me/project', true],
  ['team/project', 'Team/project', false],
  ['team/project', 'team/project2', false],
  ['team/project', 'xteam/project', false],
  ['team/project', 'team/project.git.git', false],
]

for (const [pattern, repository, isFitting] of fitting) {
  test(`SS-01: ${pattern} ${isFitting ? 'stands' : 'does not stand'} for ${repository}`, () => {
    assert.equal(fitsRepository(pattern, repository), isFitting)
  })
}

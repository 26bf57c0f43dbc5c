import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HomeFile } from '@coatcheck/launchers'
import type { CredentialFile, FileLogins, FileOwner } from './credential-file.ts'

/** A file of a tool, and what is to become of it. */
export interface FileCase {
  readonly name: string
  readonly text: string
  readonly user?: Readonly<Record<string, string>>
  /** Other files of the tool, by path. */
  readonly beside?: Readonly<Record<string, string>>
  /** Each login: its values, and what it is for: a provider, or `to kind user` for each scope. */
  readonly logins: readonly (readonly [values: readonly string[], ...uses: string[]])[]
  /** Each sentence about what stays outside. */
  readonly leftOut?: readonly RegExp[]
  /** The files inside, with `<1>` where the placeholder of the first login stands; absent where it is looked at otherwise. */
  readonly inside?: Readonly<Record<string, string>>
}

/** The home in the cases. */
export const caseHome = '/home/person'

/** What each tool’s file has to do: find logins and their places, show placeholders alone, and say what it leaves out. */
export function testCredentialFile(
  file: CredentialFile,
  cases: readonly FileCase[],
  malformed: readonly string[],
): void {
  for (const one of cases) {
    test(`S8: ${file.tool}: ${one.name}`, () => {
      const found = readCase(file, one)
      assert.deepEqual(
        found.logins.map(({ credentials, use }) => [Object.values(credentials), ...usesOf(use)]),
        one.logins.map(([values, ...uses]) => [values, ...uses]),
      )
      assert.equal(found.leftOut.length, one.leftOut?.length ?? 0, found.leftOut.join('\n'))
      for (const [index, expected] of (one.leftOut ?? []).entries()) assert.match(found.leftOut[index] ?? '', expected)
      const inside = renderCase(found)
      if (one.inside !== undefined) {
        assert.deepEqual(Object.fromEntries(inside.map(({ path, content }) => [path, content])), one.inside)
      }
      const values = found.logins.flatMap(({ credentials }) => Object.values(credentials))
      for (const value of values) demandAbsent(value, inside, found.leftOut)
    })
  }

  test(`S8: ${file.tool}: a file without its form gives nothing, and one sentence that repeats none of it`, () => {
    for (const text of malformed) {
      const found = readCase(file, { name: '', text, logins: [] })
      assert.deepEqual([found.logins, found.leftOut.length, renderCase(found)], [[], 1, []], text)
      for (const word of text.match(/\w{8,}/g) ?? []) assert.ok(!found.leftOut[0]?.includes(word))
    }
  })

  test(`SEC-04: ${file.tool}: nothing gets inside that is not known`, () => {
    for (const { text, ...one } of cases) {
      const marked = readCase(file, { ...one, text })
      const comment = /hidden-[a-z]+/
      for (const { content } of renderCase(marked)) assert.doesNotMatch(content, comment)
      for (const sentence of marked.leftOut) assert.doesNotMatch(sentence, comment)
    }
  })
}

function readCase(file: CredentialFile, { text, user = {}, beside = {} }: FileCase): FileLogins {
  const owner: FileOwner = { home: caseHome, user }
  return file.read(text, owner, (path) => beside[path])
}

function renderCase({ logins, render }: FileLogins): readonly HomeFile[] {
  const names = logins.flatMap(({ credentials }) => Object.keys(credentials))
  return render((variable) => `<${names.indexOf(variable) + 1}>`)
}

function usesOf({ provider, scopes = [] }: FileLogins['logins'][number]['use']): string[] {
  if (provider !== undefined) return [provider]
  return scopes.map(({ to, inject: { kind, ...options } }) => [to, kind, ...Object.values(options)].join(' '))
}

function demandAbsent(value: string, files: readonly HomeFile[], sentences: readonly string[]): void {
  const forms = [value, Buffer.from(value).toString('base64').slice(0, -4), encodeURIComponent(value)]
  const texts = [...files.map(({ content }) => content), ...sentences]
  for (const text of texts) for (const form of forms) assert.ok(!text.includes(form))
}

import { closeSync, fchmodSync, lstatSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError, type ConnectRecipe, type RecipeFile } from '@coatcheck/contract'
import { fileFailure } from '../file-failure.ts'

/** A folder that nobody else may read, for what a recipe consists of. */
export class RecipeFolder {
  readonly path: string
  readonly #isNew: boolean

  /**
   * Makes the folder, or takes one that is empty; one that holds files only by `force`.
   * @throws CoatcheckError `request_invalid`
   */
  constructor(path: string, force: boolean) {
    this.path = path
    this.#isNew = makeFolder(path)
    if (this.#isNew) return
    const present = lstatSync(path)
    if (!present.isDirectory()) throw invalid('--out is no folder')
    // SECURITY: the token goes into it, which is the identity of the sandbox.
    if ((present.mode & 0o077) !== 0 || present.uid !== process.getuid?.()) {
      throw invalid('others may read or change the folder of --out; name a new one, or make it yours alone (0700)')
    }
    if (!force && readdirSync(path).length > 0)
      throw invalid('the folder of --out holds files; add --force to replace them')
  }

  /** Writes a recipe's files, and what starts and ends it where those are scripts. @returns their paths, in the folder */
  write({ files, start, teardown }: ConnectRecipe): readonly string[] {
    const scripts = [scriptFile('start.sh', start), scriptFile('teardown.sh', teardown)].flat()
    // Whoever keeps the folder in a repository does not keep its token there.
    const all = [...files, ...scripts, { path: '.gitignore', content: '*\n', confidential: true }]
    for (const file of all) this.#writeFile(file)
    return all.map(({ path }) => path)
  }

  /** Takes the folder away, if it was not there before. */
  discard(): void {
    if (this.#isNew) rmSync(this.path, { recursive: true, force: true })
  }

  #writeFile({ path, content, encoding, confidential }: RecipeFile): void {
    // SECURITY: the names come from a broker that may be elsewhere; none of them leads out of the folder.
    if (!/^[\w-][\w.-]*$/.test(path) && path !== '.gitignore')
      throw invalid('the broker names a file outside of the folder')
    const target = join(this.path, path)
    try {
      rmSync(target, { force: true })
      // SECURITY: a new file, so that no link leads what is written elsewhere.
      const descriptor = openSync(target, 'wx', 0o600)
      try {
        // A container that has this file alone may run as anybody, without the rights of root. The folder stays closed.
        if (!confidential) fchmodSync(descriptor, 0o644)
        writeFileSync(descriptor, content, encoding ?? 'utf8')
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      throw fileFailure('the files cannot be written', error)
    }
  }
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw fileFailure('the folder of --out cannot be made', error)
  }
}

function scriptFile(path: string, text: string): readonly RecipeFile[] {
  return text.startsWith('#!') ? [{ path, content: `${text}\n`, confidential: true }] : []
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}

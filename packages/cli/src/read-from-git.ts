import { execFile } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import { maxDescriptionBytes } from './read-description.ts'

const run = promisify(execFile)

/** Longest name of a revision, in characters. */
const maxRevisionLength = 256

/**
 * A file as a revision of its git repository has it, in bytes. Git is run without a shell, and runs none of the programs
 * that a repository may name for showing or fetching files.
 * @throws CoatcheckError `request_invalid` where there is no git, no repository, no such revision or no such file in it
 */
export async function readFromGit(revision: string, file: string): Promise<Buffer> {
  // SECURITY: what begins like an option, or names a path too, is no revision.
  if (revision === '' || revision.length > maxRevisionLength || /^-|[:\0]/.test(revision))
    throw invalid('what stands behind `git:` is not the name of a revision')
  const folder = dirname(file)
  const commit = await git(folder, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], (status) =>
    status === 1 ? 'git knows no such revision here' : 'the file is in no git repository that git reads',
  )
  const id = commit.toString('latin1').trim()
  return git(folder, ['cat-file', 'blob', `${id}:./${basename(file)}`], () => 'the revision does not have the file')
}

async function git(folder: string, args: readonly string[], reasonOf: (status: number) => string): Promise<Buffer> {
  // SECURITY: a repository may name programs that fetch what it lacks, and an agent may have written there what they are.
  const env = { ...process.env, GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' }
  const options = { cwd: folder, env, encoding: 'buffer', maxBuffer: maxDescriptionBytes, windowsHide: true } as const
  try {
    return (await run('git', args, options)).stdout
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (code === 'ENOENT') throw invalid('git is not installed')
    if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      throw invalid(`the description is longer than ${maxDescriptionBytes} bytes`)
    // SECURITY: what git says repeats what was written, which may be a value in the wrong place.
    throw invalid(typeof code === 'number' ? reasonOf(code) : 'git did not come to its end')
  }
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const runFile = promisify(execFile)
const found = new Map<string, Promise<ReadonlySet<'own' | 'reference'>>>()

/** The planes between which `serve` of this command lets one choose; only the reference plane where there is no choice. */
export function findPlanes(entry: string): Promise<ReadonlySet<'own' | 'reference'>> {
  const planes = found.get(entry) ?? ask(entry)
  found.set(entry, planes)
  return planes
}

async function ask(entry: string): Promise<ReadonlySet<'own' | 'reference'>> {
  const home = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  try {
    // No plane has this name: the command says so, or that it does not know the option, and starts nothing.
    await runFile(process.execPath, [entry, 'serve', '--http-plane', 'none'], {
      env: { PATH: process.env['PATH'], HOME: home, COATCHECK_HOME: home },
      timeout: 60_000,
    })
    return new Set(['reference'])
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    return new Set(/unknown option/.test(stderr) ? ['reference'] : ['own', 'reference'])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

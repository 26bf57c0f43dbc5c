import type { Amount, LoadResult } from '../load/job.ts'
import { treeCpuSeconds } from '../measure/process-tree.ts'
import type { Stage } from './scenario.ts'

/** Runs a load that must be right, and says what it cost the peer. @throws Error when anything was wrong with an answer */
export async function checkedRun(
  { loader, key, pid }: Pick<Stage, 'loader' | 'key' | 'pid'>,
  amount: Amount,
): Promise<LoadResult & { readonly cpuSeconds: number }> {
  const before = treeCpuSeconds(pid)
  const result = await loader.run(key, amount)
  const cpuSeconds = treeCpuSeconds(pid) - before
  if (result.errors > 0) throw new Error(`${result.errors} wrong: ${result.firstError}`)
  if (result.completed === 0) throw new Error('nothing was completed')
  return { ...result, cpuSeconds }
}

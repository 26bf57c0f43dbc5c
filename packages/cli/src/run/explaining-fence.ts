import { CoatcheckError } from '@coatcheck/contract'
import type { Launcher } from '@coatcheck/launchers'

/** Said wherever a fence cannot be made. */
const advisoryHint = 'With --advisory the command runs all the same, and can bypass the broker.'

/** Acts, and where the host cannot fence says which requirement is missing, and what else there is. */
export async function explainingFence<Result>(launcher: Launcher, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'launch_impossible')) throw error
    const { missing } = await launcher.probe()
    if (missing.length === 0) throw error
    throw new CoatcheckError('launch_impossible', { missing: `${missing.join(' ')} ${advisoryHint}` }, { cause: error })
  }
}

/** Refuses a kind of isolation that is not there, saying which are. @throws CoatcheckError `launch_impossible` */
export function demandIsolation(kind: string): void {
  if (kind === 'auto' || kind === 'process' || kind === 'advisory') return
  const what = kind === 'vm' ? 'virtual machine' : kind
  const missing = `Isolation by ${what} is not there yet. Leave --isolation out for the process sandbox. ${advisoryHint}`
  throw new CoatcheckError('launch_impossible', { missing })
}

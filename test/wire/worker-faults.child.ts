import { isMainThread, workerData } from 'node:worker_threads'

/** How a worker can be made to fail. */
export type WorkerFault = 'throw' | 'memory'
/** What is said on `faultsChannel`. */
export interface FaultOrder {
  readonly number: number
  readonly fault: WorkerFault
}
/** Name of the channel on which a test says which worker has to fail. */
export const faultsChannel = 'coatcheck-worker-faults'

// Loaded ahead of everything else, into each thread of a process that a test starts for this.
if (!isMainThread) {
  const channel = new BroadcastChannel(faultsChannel)
  channel.onmessage = (event) => {
    const { number, fault } = (event as MessageEvent).data as FaultOrder
    if (number !== (workerData as { number?: number }).number) return
    if (fault === 'throw') throw new TypeError('nobody catches this')
    const hoard: number[][] = []
    for (;;) hoard.push(new Array<number>(1_000_000).fill(hoard.length))
  }
  channel.unref()
}

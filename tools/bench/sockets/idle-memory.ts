import type { Socket } from 'node:net'
import { treeMemoryBytes } from '../measure/process-tree.ts'

/** Sessions that are open at one time; a grant has room for a few more. */
export const idleSessions = 200

/** Memory that each idle session takes, in KB, of a process and what descends from it. @param open a session that has said something */
export async function idleMemory(pid: number, open: () => Promise<Socket>): Promise<number> {
  const clients: Socket[] = []
  const openUpTo = async (count: number): Promise<number> => {
    while (clients.length < count) clients.push(await open())
    return treeMemoryBytes(pid)
  }
  try {
    const before = await openUpTo(1)
    return ((await openUpTo(idleSessions + 1)) - before) / idleSessions / 1024
  } finally {
    for (const socket of clients) socket.destroy()
  }
}

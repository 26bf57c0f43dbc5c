import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A file of `/proc`, or nothing when the process has ended or is somebody else's. */
export function readProcess(pid: number, name: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${name}`)
  } catch {
    return Buffer.alloc(0)
  }
}

/** Program and arguments of a process, with spaces between them. */
export function commandLine(pid: number): string {
  return readProcess(pid, 'cmdline').toString('latin1').replaceAll('\0', ' ')
}

/** Variables that a process was started with. */
export function environmentOf(pid: number): Readonly<Record<string, string>> {
  const lines = readProcess(pid, 'environ').toString().split('\0').filter(Boolean)
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

/** Every process below a process. */
export function descendants(pid: number): readonly number[] {
  const children = readProcess(pid, `task/${pid}/children`).toString().split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** Whether a process is there, and not merely waiting to be buried. */
export function isRunning(pid: number): boolean {
  const status = readProcess(pid, 'status').toString()
  return status !== '' && !/^State:\s+[ZX]/m.test(status)
}

/** What the descriptors of a process lead to. */
function descriptorsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${name}`)]
      } catch {
        // Closed meanwhile.
        return []
      }
    })
  } catch {
    return []
  }
}

/** Local addresses and ports, in hex, of the TCP and UDP sockets of a process that listen in the network that it is in. */
export function listeningSockets(pid: number): readonly string[] {
  const inodes = descriptorsOf(pid).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
  const listen = '0A'
  const unconnected = '07'
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    readProcess(pid, `net/${protocol}`)
      .toString()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, , , state, , , , , , inode = '']) => inodes.includes(inode) && [listen, unconnected].includes(state ?? ''),
      )
      .map(([, local = '']) => `${protocol} ${local}`),
  )
}

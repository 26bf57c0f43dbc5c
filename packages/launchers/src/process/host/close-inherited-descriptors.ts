import { closeSync, readdirSync, readFileSync } from 'node:fs'

const closeOnExec = 0o2000000
const standardStreams = 2

/**
 * Descriptors above 2 that a started program would inherit. Node marks those it opens itself as close-on-exec; what is
 * left came from whoever started this process.
 */
export function inheritableDescriptors(): number[] {
  const found: number[] = []
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name)
    if (descriptor <= standardStreams || descriptor === ipcDescriptor()) continue
    const flags = flagsOf(descriptor)
    if (flags !== undefined && (flags & closeOnExec) === 0) found.push(descriptor)
  }
  return found
}

/**
 * Closes every descriptor that this process inherited, except the standard streams and Node's own IPC channel. Call it
 * once, first thing in a program that starts sandboxes. Does nothing on systems without `/proc`.
 */
export function closeInheritedDescriptors(): void {
  if (process.platform !== 'linux') return
  for (const descriptor of inheritableDescriptors()) {
    try {
      closeSync(descriptor)
    } catch {
      // It was closed meanwhile, which is what is wanted.
    }
  }
}

function flagsOf(descriptor: number): number | undefined {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1]
    return flags === undefined ? undefined : Number.parseInt(flags, 8)
  } catch {
    // The descriptor of the directory listing itself is gone by now.
    return undefined
  }
}

function ipcDescriptor(): number | undefined {
  const channel = process.channel as { fd?: number } | undefined
  return channel?.fd
}

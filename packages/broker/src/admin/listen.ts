import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { closeServer } from './close-server.ts'
import { checkRequestHead } from './request-head.ts'
import { requestListener, serverLimits } from './request-listener.ts'

/** Longest path that a socket address holds on Linux (108) and macOS (104), without its final zero byte. */
const maxPathBytes = 103

/** A door that is open. */
export interface AdminListener {
  readonly socketPath: string
  readonly isOpen: boolean
  /** Ends every connection, event streams included, and removes the socket. */
  close(): Promise<void>
}

/**
 * Serves the management API on a Unix socket that only its owner can open.
 * @throws CoatcheckError `home_in_use` when a broker answers there, `home_unusable`
 */
export async function listenOnSocket(api: RequestListener, socketPath: string): Promise<AdminListener> {
  if (Buffer.byteLength(socketPath) > maxPathBytes) throw unusable(socketPath, `longer than ${maxPathBytes} bytes`)
  refuseOpenDirectory(dirname(socketPath))
  await removeStaleSocket(socketPath)
  const server = createServer(serverLimits, requestListener(api, checkRequestHead))
  await listenPrivately(server, socketPath)
  return {
    socketPath,
    get isOpen() {
      return server.listening
    },
    close: () => closeServer(server),
  }
}

function listenPrivately(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(unusable(socketPath, error.code ?? 'cannot listen', error)),
    )
    // SECURITY: the socket is created while `listen` runs, so at no moment does it exist with a wider mode.
    const previous = process.umask(0o177)
    try {
      server.listen(socketPath, () => {
        chmodSync(socketPath, 0o600)
        resolve()
      })
    } finally {
      process.umask(previous)
    }
  })
}

/** SECURITY: whoever may write in the folder can put a socket of their own in the place of ours. */
function refuseOpenDirectory(path: string): void {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  if (entry === undefined || !entry.isDirectory()) throw unusable(path, 'it is not a folder')
  if (entry.uid !== process.geteuid?.()) throw unusable(path, 'it belongs to another user')
  if ((entry.mode & 0o077) !== 0) throw unusable(path, 'group or others may enter it')
}

async function removeStaleSocket(socketPath: string): Promise<void> {
  const entry = lstatSync(socketPath, { throwIfNoEntry: false })
  if (entry === undefined) return
  if (!entry.isSocket()) throw unusable(socketPath, 'it is not a socket')
  if (await answers(socketPath)) throw new CoatcheckError('home_in_use', { socket: socketPath })
  unlinkSync(socketPath)
}

/** Only a refused connection proves that nobody listens; whatever else goes wrong counts as somebody. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}

function unusable(path: string, reason: string, cause?: unknown): CoatcheckError {
  return new CoatcheckError('home_unusable', { path, reason }, { cause })
}

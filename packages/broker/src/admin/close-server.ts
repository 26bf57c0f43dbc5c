import type { Server } from 'node:http'

/** Stops listening and ends every connection, event streams included. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

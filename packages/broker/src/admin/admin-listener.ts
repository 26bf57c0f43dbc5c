import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type AdminDoor, createAdminApp } from './app.ts'
import type { AdminServices } from './services.ts'

/** The management API behind one door, for a server of `node:http`. Heads are checked before. */
export function adminListener(services: AdminServices, door: AdminDoor): RequestListener {
  const { fetch } = createAdminApp(services, door)
  const handle = getRequestListener(fetch, { overrideGlobalObjects: false, hostname: 'localhost' })
  return (request, response) => void handle(request, response)
}

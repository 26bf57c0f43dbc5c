import type { RequestListener } from 'node:http'
import type { AdminDoor } from './app.ts'
import type { AdminServices } from './services.ts'

/** The management API, of which nothing is loaded yet. */
export interface LateAdmin {
  /** What listens behind one door. A request that comes before the API is there waits for it. */
  listener(door: AdminDoor): RequestListener
  /** Has the API loaded before somebody asks. Rejects when its code cannot be read. */
  load(): Promise<void>
}

/**
 * Keeps the code of the management API, which is a quarter of what a broker reads, out of the way of the doors that agents wait for.
 * Where it cannot be loaded, the process ends as by any fault.
 */
export function lateAdmin(services: AdminServices): LateAdmin {
  const load = () => import('./admin-listener.ts')
  return {
    listener(door) {
      let handle: RequestListener | undefined
      return (request, response) => {
        if (handle !== undefined) return handle(request, response)
        void load().then(({ adminListener }) => {
          handle ??= adminListener(services, door)
          handle(request, response)
        })
      }
    },
    async load() {
      await load()
    },
  }
}

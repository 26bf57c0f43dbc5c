import type { ServiceName, Target } from '../load/route.ts'
import type { Peer } from './peer.ts'

/** Nobody in the middle: what the loader and the origin cost by themselves. */
export const direct: Peer = {
  name: 'direct',
  title: 'direct',
  version: async () => '',
  async prepare({ hosts, ports, root, credential }) {
    const target = (name: ServiceName): Target => {
      const host = hosts[name]
      return { host, port: ports[name], hostField: host, authority: '' }
    }
    const targets = { api: target('api'), stream: target('stream'), many: target('many') }
    return { route: { targets, ca: root, credential } }
  },
}

import { EventLoad } from './event-load.ts'
import { HandshakeLoad } from './handshake-load.ts'
import { IdleLoad } from './idle-load.ts'
import type { Job, Load, LoadResult } from './job.ts'
import type { LoaderOrder, LoaderReply } from './loader-message.ts'
import { RequestLoad } from './request-load.ts'
import { StreamLoad } from './stream-load.ts'
import { TunnelLoad } from './tunnel-load.ts'

const loads = new Map<string, Load>()

process.on('message', (message: LoaderOrder) => {
  obey(message).then(
    (result) => reply({ id: message.id, ...(result && { result }) }),
    (error: unknown) => reply({ id: message.id, failed: error instanceof Error ? error.message : String(error) }),
  )
})
// Ctrl-C on a terminal reaches every process; the bench ends this one in its own order.
process.on('SIGINT', () => {})
// Without whoever started it, it has nothing to do.
process.on('disconnect', () => process.exit(0))

async function obey(message: LoaderOrder): Promise<LoadResult | undefined> {
  const load = loads.get(message.key)
  switch (message.order) {
    case 'prepare': {
      const prepared = load ?? makeLoad(message.job)
      loads.set(message.key, prepared)
      return void (await prepared.prepare())
    }
    case 'run':
      if (load === undefined) throw new Error(`nothing is prepared for ${message.key}`)
      return load.run(message.amount)
    case 'close':
      load?.close()
      loads.delete(message.key)
      return undefined
  }
}

function makeLoad(job: Job): Load {
  switch (job.kind) {
    case 'requests':
      return new RequestLoad(job)
    case 'streams':
      return new StreamLoad(job)
    case 'events':
      return new EventLoad(job)
    case 'tunnels':
      return new TunnelLoad(job)
    case 'handshakes':
      return new HandshakeLoad(job)
    case 'idle':
      return new IdleLoad(job)
  }
}

function reply(message: LoaderReply): void {
  process.send?.(message)
}

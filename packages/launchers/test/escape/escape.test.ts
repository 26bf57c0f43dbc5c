import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { closeInheritedDescriptors } from '@coatcheck/launchers'
import { escapeCases } from './cases/escape-cases.ts'
import { type RunningOutside, startOutside } from './outside-services.ts'
import type { SandboxBench } from './sandbox-bench.ts'
import { openStandIn, type StandInBroker } from './stand-in-broker.ts'
import { canary, inEveryWorld } from './world.ts'

const knownName = 'api.test'

inEveryWorld(import.meta.filename, () => {
  suite('a sandbox and the host', () => {
    let outside: RunningOutside
    let broker: StandInBroker
    let agentSocket: Server
    let folder: string
    let bench: SandboxBench

    before(async () => {
      closeInheritedDescriptors()
      folder = mkdtempSync(join(tmpdir(), 'escape-'))
      agentSocket = createServer().listen(join(folder, 'agent.sock'))
      process.env['SSH_AUTH_SOCK'] = join(folder, 'agent.sock')
      const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
      const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
      outside = await startOutside(addresses, [22, 80, 443, 3128, 4444, 5432, 8443], [53, 123, 443, 4444])
      broker = await openStandIn({ [knownName]: '198.18.0.10' })
      bench = {
        knownName,
        ports: broker.ports,
        outside,
        hidden: {
          paths: [folder, join(folder, 'agent.sock'), process.cwd() === '/' ? '/mnt/repository' : process.cwd()],
          texts: [canary, folder, 'agent.sock', '/mnt/repository', '/mnt/node'],
        },
        run: (command) => broker.run(command),
      }
    })

    after(async () => {
      await broker?.close()
      await outside?.close()
      agentSocket?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    for (const { item, name, run } of escapeCases) test(`${item}. ${name}`, { timeout: 60_000 }, () => run(bench))
  })
})

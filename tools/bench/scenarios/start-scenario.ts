import { everyPeer, type Scenario } from './scenario.ts'

/** How long it takes until a program listens, in a home that it has been in before. */
export const start: Scenario = {
  name: 'start',
  title: 'start to listening',
  unit: 'start',
  cores: 'apart',
  peers: everyPeer.filter((peer) => peer !== 'direct'),
  startsPeers: true,
  async measure(stage) {
    await using launched = await stage.start()
    return { startMs: launched.startMs }
  },
}

import { churnSessions } from '../../test/wire/churn-sessions.ts'
import { openPostgresScene } from '../../test/wire/postgres-scene.ts'

/** Opens, uses and kills sessions of PostgreSQL at random. @returns the exit code: 1 where anything stays behind */
export async function soakSockets(sessions: number): Promise<number> {
  if (!Number.isInteger(sessions) || sessions < 1) {
    console.error('--sessions: write a whole number above 0')
    return 2
  }
  await using scene = await openPostgresScene()
  await scene.store('db', 'app_clear', { inject: { tls: 'off' } })
  const { descriptors, upstream, unfinished } = await churnSessions(scene, await scene.open('db'), sessions)
  console.log(`sessions opened, used and killed  ${sessions}`)
  console.log(`descriptors that stayed           ${descriptors}`)
  console.log(`connections to the service        ${upstream}`)
  console.log(`sessions without an outcome       ${unfinished}`)
  return descriptors + upstream + unfinished === 0 ? 0 : 1
}

import type { CreatedSandbox, SandboxCreate } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { type Asking, doorWays, type Identity, type Place, sendBy, type WayIn } from '../wire/ways-in.ts'
import type { Inside, Received } from '../wire/world.ts'
import type { Stage } from './stage.ts'

/** A sandbox that runs elsewhere, which is in the test's own process. */
export interface Registered {
  readonly sandbox: CreatedSandbox
  readonly place: Place
  /** Sends a request by a way, and lets the stage hear the answer. */
  send(way: WayIn, asking: Asking, identity?: Identity | null): Promise<Received>
  /** The same by every way. */
  sendByEach(asking: Asking, identity?: Identity | null): Promise<readonly Received[]>
}

/**
 * Registers a sandbox; its token is looked for from now on, and may be found nowhere.
 * @param client of another project than the usual one
 */
export async function register(
  stage: Stage,
  input: SandboxCreate,
  client: CoatcheckClient = stage.client,
): Promise<Registered> {
  const sandbox = await client.sandboxes.create({ from: ['127.0.0.0/8'], ...input })
  stage.learn(sandbox.token)
  const place: Place = { proxyUrl: stage.doors.proxyUrl, inside: { sandbox } as Inside }
  const send = async (way: WayIn, asking: Asking, identity?: Identity | null) => {
    const received = await sendBy(way, place, asking, identity)
    stage.hear(`${way.name} ${asking.host}${asking.target}`, [...received.rawHeaders, received.text].join('\n'))
    return received
  }
  return {
    sandbox,
    place,
    send,
    async sendByEach(asking, identity) {
      const answers: Received[] = []
      for (const way of doorWays) answers.push(await send(way, asking, identity))
      return answers
    },
  }
}

/** The field that presents a placeholder as Bearer. */
export function bearer({ sandbox }: Registered, env = 'KEY'): readonly [string, string] {
  return ['Authorization', `Bearer ${sandbox.connect.env[env]}`]
}

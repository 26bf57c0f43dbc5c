import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuditEntry, AuditLog } from './audit-log.ts'

/** Work that somebody asked for, until it is done. */
interface Acting {
  readonly actor: string
  isOver: boolean
}

const acting = new AsyncLocalStorage<Acting>()

/** Runs `work` on behalf of `actor`, whom an `ActorLog` names in what it records meanwhile. */
export async function actAs<Result>(actor: string, work: () => Promise<Result>): Promise<Result> {
  const scope: Acting = { actor, isOver: false }
  try {
    return await acting.run(scope, work)
  } finally {
    // Timers and sockets that the work started inherit its scope; what they do later is nobody's request.
    scope.isOver = true
  }
}

/** On whose behalf the present work is done; undefined where the broker acts by itself. */
export function presentActor(): string | undefined {
  const scope = acting.getStore()
  return scope === undefined || scope.isOver ? undefined : scope.actor
}

/** An audit log that says on whose behalf a management action was taken. Not for what sandboxes cause. */
export class ActorLog implements AuditLog {
  readonly #log: AuditLog

  constructor(log: AuditLog) {
    this.#log = log
  }

  append(entry: AuditEntry): Promise<void> {
    const actor = presentActor()
    return this.#log.append(actor === undefined ? entry : { ...entry, actor })
  }
}

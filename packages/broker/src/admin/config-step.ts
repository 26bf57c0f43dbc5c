import type { ConfigEntry } from '@coatcheck/contract'

/** From the first to be made on. What narrows comes before all that could widen. */
export const stepPhases = ['narrow', 'create', 'widen', 'profile'] as const

/** Something that differs between what a configuration says and what there is. */
export interface ConfigStep {
  readonly entry: ConfigEntry
  readonly is: 'created' | 'changed'
  readonly phase: (typeof stepPhases)[number]
  /** Fetches what it needs, before anything is changed; whatever it leaves on the stack is wiped in the end. */
  ready?(values: DisposableStack): Promise<void>
  apply(): Promise<void>
}

import type { ConnectRecipe, ConnectTarget } from '@coatcheck/contract'
import type { ConnectPlan } from './connect-plan.ts'

/** A platform on which others run sandboxes. One file each in `recipes/`. */
export interface Recipe {
  readonly target: ConnectTarget
  /** What to run there, and what to end here afterwards. */
  describe(plan: ConnectPlan): ConnectRecipe
}

/** What a sandbox runs as its last command to end itself here, without any right to manage others. */
export const endItself = 'curl --silent --show-error --output /dev/null --request DELETE "$COATCHECK_DOOR/self"'

/** What a command line says to end a sandbox, wherever the management API is reached. */
export function endCommand({ sandboxId }: ConnectPlan): string {
  return `coatcheck sandbox delete ${sandboxId}`
}

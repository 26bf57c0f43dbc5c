import type { ConnectRecipe } from '@coatcheck/contract'
import type { ConnectPlan } from './connect-plan.ts'
import type { Recipe } from './recipe.ts'
import { compose } from './recipes/compose.ts'
import { docker } from './recipes/docker.ts'
import { e2b } from './recipes/e2b.ts'
import { fly } from './recipes/fly.ts'
import { kubernetes } from './recipes/kubernetes.ts'
import { modal } from './recipes/modal.ts'
import { shell } from './recipes/shell.ts'

/** Every platform that has a recipe, sorted by name. */
export const recipes: readonly Recipe[] = [compose, docker, e2b, fly, kubernetes, modal, shell]

/** The recipe for a platform; undefined for one that has none. */
export function connectRecipe(target: string, plan: ConnectPlan): ConnectRecipe | undefined {
  return recipes.find((recipe) => recipe.target === target)?.describe(plan)
}

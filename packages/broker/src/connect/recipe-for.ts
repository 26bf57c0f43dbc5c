import { CoatcheckError, type ConnectRecipe, type SandboxConnection, type SandboxView } from '@coatcheck/contract'
import { systemRoots } from '@coatcheck/launchers'
import { connectRecipe, recipes } from './registry.ts'

/** Names of the platforms that have a recipe. */
export const connectTargets = recipes.map(({ target }) => target)

/**
 * The recipe by which a registered sandbox is connected on a platform. @throws CoatcheckError `proxy_closed` where no door is
 * open for it, `request_invalid` for a platform that is not known
 */
export function recipeFor(
  target: string,
  { id, name, expiresAt }: Pick<SandboxView, 'id' | 'name' | 'expiresAt'>,
  { env, ca, baseUrls = {}, proxyUrl }: SandboxConnection,
): ConnectRecipe {
  if (proxyUrl === undefined) throw new CoatcheckError('proxy_closed')
  const plan = { sandboxId: id, name, placeholders: env, baseUrls, proxyUrl, ca, roots: systemRoots(), expiresAt }
  const recipe = connectRecipe(target, plan)
  if (recipe === undefined) {
    throw new CoatcheckError('request_invalid', { field: 'target', reason: `write ${connectTargets.join(', ')}` })
  }
  return recipe
}

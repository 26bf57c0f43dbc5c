import { fileURLToPath } from 'node:url'

/**
 * Variables that lead Node clients through the proxy of the environment, those with agents of their own and those on an older
 * Node too; `own` are the options that the command has anyway.
 */
export function nodeVariables(own = ''): Readonly<Record<'NODE_OPTIONS' | 'NODE_USE_ENV_PROXY', string>> {
  const preload = fileURLToPath(import.meta.resolve('@coatcheck/broker/node-preload.cjs'))
  // Node splits the variable at spaces, outside of double quotes; in them a backslash escapes.
  const quoted = `"${preload.replace(/["\\]/g, '\\$&')}"`
  return { NODE_USE_ENV_PROXY: '1', NODE_OPTIONS: `--require ${quoted} ${own}`.trim() }
}

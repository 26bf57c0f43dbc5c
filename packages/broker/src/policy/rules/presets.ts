import type { DangerClass, RulePreset } from '@coatcheck/contract'
import { gitApiTwins } from '../actions/git/api-twins.ts'
import { type CompiledRule, compileRule } from './compile-rule.ts'

/** What a preset adds to a list. */
export interface PresetParts {
  readonly rules: readonly CompiledRule[]
  /** Calls of the catalog that are refused to requests which carry a secret. */
  readonly classes: readonly DangerClass[]
}

/** Methods that change nothing (RFC 9110 §9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** SECURITY: any other method is denied, also one that nobody knows. `git fetch` asks by POST, and changes nothing. */
const readOnly: CompiledRule = {
  name: 'read-only',
  effect: 'deny',
  parts: [
    { kind: 'method', fit: ({ method }) => (safeMethods.has(method) ? 'differs' : 'matches') },
    {
      kind: 'path',
      fit: ({ hidesDots, method, segments }) =>
        method === 'POST' && !hidesDots && segments.at(-1) === 'git-upload-pack' ? 'differs' : 'matches',
    },
  ],
}

/** Paths of GraphQL at these services, on whatever host. */
const graphqlPaths = ['/graphql', '/api/graphql']
/** What stands before the paths of GitHub on a host of one’s own. */
const ownGithub = '/api/v3'

let apiPushes: readonly CompiledRule[] | undefined

/** SECURITY: the key that pushes also opens the API of the service, which moves branches past every rule on pushes. */
function denyApiPushes(): readonly CompiledRule[] {
  apiPushes ??= gitApiTwins.flatMap(({ calls, hosts, mutations, service }) => {
    const name = `no-api-push: ${service}`
    const isOwn = calls.every(({ paths }) => paths.every((path) => path.startsWith('/api/')))
    const rest = calls.flatMap(({ methods, paths }) => [
      compileRule({ name, effect: 'deny', methods, paths, ...(!isOwn && { hosts }) }, 0),
      ...(service === 'github'
        ? [compileRule({ name, effect: 'deny', methods, paths: paths.map((path) => ownGithub + path) }, 0)]
        : []),
    ])
    if (mutations.length === 0) return rest
    const action = { kind: 'graphql', operations: ['mutation'], fields: mutations } as const
    return [...rest, compileRule({ name, effect: 'deny', paths: graphqlPaths, action }, 0)]
  })
  return apiPushes
}

/** What each preset is made of. */
export const presetParts: Readonly<Record<RulePreset, PresetParts>> = {
  'read-only': { rules: [readOnly], classes: ['admin', 'credentials', 'destructive', 'money', 'publish', 'spend'] },
  'no-admin': { rules: [], classes: ['admin', 'credentials'] },
  'no-money': { rules: [], classes: ['money', 'spend'] },
  'no-api-push': {
    get rules() {
      return denyApiPushes()
    },
    classes: [],
  },
}

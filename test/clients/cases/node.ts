import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { type ClientCase, presentsApiKey } from '../client-case.ts'
import type { InsidePaths } from '../sandbox-shell.ts'
import { greeting } from '../tiny-packages.ts'

/** A Node to run clients with. */
interface Runtime {
  readonly title: string
  readonly major: number
  path(paths: InsidePaths): string
  readonly skip: string | false
}

const systemNode = '/usr/bin/node'

function findSystemNode(): Runtime {
  const present = existsSync(systemNode)
  const version = present ? execFileSync(systemNode, ['--version'], { encoding: 'utf8' }).trim() : 'absent'
  return {
    title: 'the system’s Node',
    major: Number(/^v(\d+)/.exec(version)?.[1] ?? 0),
    path: () => systemNode,
    skip: present ? false : `${systemNode} is not installed`,
  }
}

const carriedNode: Runtime = {
  title: `Node ${process.versions.node}`,
  major: Number.parseInt(process.versions.node, 10),
  path: ({ node }) => node,
  skip: false,
}

function atLeast({ major, skip }: Runtime, oldest: number, client: string): string | false {
  return skip || (major < oldest && `${client} needs Node ${oldest}, and ${systemNode} is older`)
}

function clientsOn(runtime: Runtime): readonly ClientCase[] {
  const { title, path } = runtime
  const run = (file: string, without?: string) => (paths: InsidePaths) =>
    `${without === undefined ? '' : `env -u ${without} `}${path(paths)} ${paths.inside}/${file}`
  return [
    {
      name: `fetch of ${title}`,
      script: run('fetch.mjs'),
      prints: /^200 \{"ok":true\} 100000$/,
      presents: presentsApiKey,
      skip: atLeast(runtime, 18, 'fetch'),
    },
    {
      name: `https of ${title}`,
      script: run('https.mjs'),
      prints: /^200 \{"ok":true\} 200 data: 0\n\ndata: 1\n\n over 1$/,
      presents: presentsApiKey,
      skip: runtime.skip,
    },
    {
      name: `openai under ${title}: a completion, whole and streamed`,
      byBaseUrl: true,
      script: run('openai-chat.mjs'),
      prints: /^The key stayed at the door\. The key stayed at the door\.$/,
      presents: ({ openai }) => [`Bearer ${openai.key.value}`],
      skip: atLeast(runtime, 22, 'openai'),
    },
    {
      name: `openai under ${title}: events arrive while the service is still writing`,
      script: run('openai-live.mjs'),
      prints: /^The key stayed outside\.$/,
      presents: ({ openai }) => [`Bearer ${openai.key.value}`],
      skip: atLeast(runtime, 22, 'openai'),
    },
    {
      name: `@anthropic-ai/sdk under ${title}, with an API key`,
      byBaseUrl: true,
      script: run('anthropic.mjs', 'ANTHROPIC_AUTH_TOKEN'),
      prints: /^The key stayed at the door\.$/,
      presents: ({ anthropic }) => [`Bearer ${anthropic.key.value}`],
      skip: atLeast(runtime, 20, '@anthropic-ai/sdk'),
    },
    {
      name: `@anthropic-ai/sdk under ${title}, with an OAuth token`,
      script: run('anthropic.mjs', 'ANTHROPIC_API_KEY'),
      prints: /^The key stayed at the door\.$/,
      presents: ({ claude }) => [`Bearer ${claude.key.value}`],
      skip: atLeast(runtime, 20, '@anthropic-ai/sdk'),
    },
    {
      name: `stripe under ${title}`,
      script: run('stripe.mjs'),
      gatewayName: 'stripe',
      prints: /^pi_1 succeeded 4200$/,
      presents: ({ stripe }) => [`Bearer ${stripe.key.value}`],
      skip: atLeast(runtime, 20, 'stripe'),
    },
  ]
}

/** npm of the machine, where the sandbox can see it. */
function findNpm(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/bin', '/usr/local/bin')
  const found = folders.map((folder) => join(folder, 'npm')).filter((path) => existsSync(path))
  return found.map((path) => realpathSync(path)).find((path) => path.startsWith('/usr/'))
}

const npm = findNpm()
const skipNpm = npm === undefined && 'npm is not installed under /usr'
const presentsNpmKey: ClientCase['presents'] = ({ npm: registry }) => [`Bearer ${registry.key.value}`]

/** npm takes its key from the workspace's `.npmrc`, which names the variable. */
const npmClients: readonly ClientCase[] = [
  {
    name: 'npm install, with the variable in .npmrc',
    script: ({ node }) => `
      cp "$WORKSPACE/.npmrc" . && echo '{"name":"project","version":"1.0.0"}' > package.json
      ${node} ${npm} install --silent --cache "$PWD/cache" tiny-greeting
      ${node} -p 'require("tiny-greeting")'`,
    prints: new RegExp(`^${greeting}$`, 'm'),
    presents: presentsNpmKey,
    skip: skipNpm,
  },
  {
    name: 'npm publish',
    script: ({ node }) => `
      cp "$WORKSPACE/.npmrc" . && echo '{"name":"tiny-reply","version":"1.0.0"}' > package.json
      ${node} ${npm} publish --silent --cache "$PWD/cache" && echo published`,
    prints: /^published$/m,
    presents: presentsNpmKey,
    skip: skipNpm,
  },
]

/** Clients that run on Node: under the Node that the repository carries, and under the system's own. */
export const node: readonly ClientCase[] = [...clientsOn(carriedNode), ...clientsOn(findSystemNode()), ...npmClients]

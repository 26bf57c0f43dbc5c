import type { RecipeFile } from '@coatcheck/contract'
import type { ConnectPlan } from '../connect-plan.ts'
import { exportedEnvironment } from '../exported-environment.ts'
import { exportedFiles } from '../exported-files.ts'
import { endCommand, type Recipe } from '../recipe.ts'

const egressProxyFile = 'egress-proxy.json'

/** A sandbox of E2B, by variables; its network lets nothing out but the broker. */
export const e2b: Recipe = {
  target: 'e2b',
  describe(plan) {
    const folder = '/home/user/coatcheck'
    const env = exportedEnvironment(plan, folder)
    const { hostname, port } = new URL(plan.proxyUrl)
    const files = exportedFiles(plan, folder)
    const egress = egressProxyOf(plan)
    return {
      target: 'e2b',
      fence: egress
        ? 'Its egress proxy leads TCP through the broker alone, outside the sandbox; UDP and names are E2B’s business, and no secret is in there.'
        : `Its network allows ${hostname} alone, outside the sandbox; UDP and names are E2B’s business, and no secret is in there.`,
      env,
      files: [...files, jsonFile('environment.json', env), ...(egress ? [jsonFile(egressProxyFile, egress)] : [])],
      start: [
        "import { readFile } from 'node:fs/promises'",
        "import { Sandbox } from 'e2b'",
        '',
        "const envs = JSON.parse(await readFile('environment.json', 'utf8'))",
        ...(egress ? [`const egressProxy = JSON.parse(await readFile('${egressProxyFile}', 'utf8'))`] : []),
        'const sandbox = await Sandbox.create({',
        '  envs,',
        '  network: {',
        // What leaves by the egress proxy is for the broker to judge, whatever its host.
        ...(egress
          ? ['    egressProxy,']
          : [`    allowOut: ['${hostname}'],`, '    denyOut: ({ allTraffic }) => [allTraffic],']),
        '  },',
        '})',
        `for (const name of ${JSON.stringify(files.map(({ path }) => path))}) {`,
        `  await sandbox.files.write('${folder}/' + name, new Blob([await readFile(name)]))`,
        '}',
      ].join('\n'),
      teardown: [
        "import { execFileSync } from 'node:child_process'",
        '',
        'try {',
        '  // what the sandbox is for',
        '} finally {',
        '  await sandbox.kill()',
        `  execFileSync('coatcheck', ${JSON.stringify(endCommand(plan).split(' ').slice(1))})`,
        '}',
      ].join('\n'),
      warnings: [
        `The listener must be reachable from E2B’s infrastructure at ${hostname}:${port || 443}, with a certificate that it can verify.`,
        egress
          ? 'E2B’s egress proxy takes TCP through the broker without a variable inside. It speaks SOCKS5 in clear text: whoever is on the way reads the token, which is good from the addresses of `--from` alone.'
          : 'With `serve --socks-clear` and `--from`, E2B’s own egress proxy leads through the broker, and programs that ignore the variables with it.',
        'Give the sandbox `--from` the blocks that E2B’s traffic comes from; the first address alone may change.',
      ],
    }
  },
}

/** What E2B's `network.egressProxy` takes: a SOCKS5 proxy that is outside the sandbox, and resolves names. */
function egressProxyOf({ socksUrl }: ConnectPlan) {
  if (socksUrl === undefined) return undefined
  const { host, username, password } = new URL(socksUrl)
  return { address: host, username, password }
}

function jsonFile(path: string, content: object): RecipeFile {
  return { path, content: `${JSON.stringify(content, null, 2)}\n`, confidential: true }
}

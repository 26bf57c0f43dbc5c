import { exportedEnvironment } from '../exported-environment.ts'
import { exportedFiles } from '../exported-files.ts'
import { endCommand, type Recipe } from '../recipe.ts'

/** A sandbox of E2B, by variables; its network lets nothing out but the broker. */
export const e2b: Recipe = {
  target: 'e2b',
  describe(plan) {
    const env = exportedEnvironment(plan, '/home/user/coatcheck')
    const { hostname, port } = new URL(plan.proxyUrl)
    const files = exportedFiles(plan)
    return {
      target: 'e2b',
      fence: `Its network allows ${hostname} alone, outside the sandbox; UDP and names are E2B’s business, and no secret is in there.`,
      env,
      files: [...files, { path: 'environment.json', content: `${JSON.stringify(env, null, 2)}\n`, confidential: true }],
      start: [
        "import { readFile } from 'node:fs/promises'",
        "import { Sandbox } from 'e2b'",
        '',
        "const envs = JSON.parse(await readFile('environment.json', 'utf8'))",
        'const sandbox = await Sandbox.create({',
        '  envs,',
        '  network: {',
        `    allowOut: ['${hostname}'],`,
        '    denyOut: ({ allTraffic }) => [allTraffic],',
        '  },',
        '})',
        `for (const name of ${JSON.stringify(files.map(({ path }) => path))}) {`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code for the reader to run.
        "  await sandbox.files.write(`/home/user/coatcheck/${name}`, await readFile(name, 'utf8'))",
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
        'Give the sandbox `--from` the blocks that E2B’s traffic comes from; the first address alone may change.',
      ],
    }
  },
}

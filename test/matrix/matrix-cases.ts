import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allCases } from '../clients/all-cases.ts'
import { type ClientCase, presentsApiKey, presentsBearer } from '../clients/client-case.ts'
import { greeting } from '../clients/tiny-packages.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { type MatrixTools, versionOf } from './matrix-tools.ts'

/** One line of the table. */
export interface MatrixCase extends ClientCase {
  readonly client: string
  readonly version: string
  /** What has to be done beyond the exported environment, or is not done. */
  readonly note?: string
}

const answered = /^200 \{"ok":true\}$/m

/** Every line of the table, in its order. */
export function matrixCases(tools: MatrixTools): readonly MatrixCase[] {
  return [
    ...usualCases(),
    ...furtherSdks(tools),
    ...nodeVersions(tools),
    ...runtimes(tools),
    ...languages(tools),
    ...packageManagers(tools),
  ]
}

/** Clients that the tests try anyway, one line each. */
function usualCases(): readonly MatrixCase[] {
  const named = (client: string, name: string, version: string, note?: string): MatrixCase => {
    const found = allCases.find((each) => each.name === name)
    if (found === undefined) throw new Error(`no client is called ${name}`)
    return { ...found, client, version, ...(note === undefined ? {} : { note }) }
  }
  const sdk = (client: string, name = client, note?: string) => named(client, name, packageVersion(client), note)
  const carried = `Node ${process.versions.node}`
  return [
    named('curl', 'curl with a bearer field', versionOf(['curl', '--version'])),
    named('wget', 'wget with a bearer field', versionOf(['wget', '--version'])),
    named('git', 'git with the credential in the address', versionOf(['git', '--version'])),
    named('git-lfs', 'git LFS: objects are pushed, and pulled again', versionOf(['git-lfs', '--version'])),
    named('Python urllib', 'Python urllib with a bearer field', versionOf(['/usr/bin/python3', '--version'])),
    named('Python requests', 'Python requests: a session, an upload in chunks, a pair', pythonVersion('requests')),
    named('pip', 'pip install from a private index', versionOf(['/usr/bin/python3', '-m', 'pip', '--version'])),
    named('npm', 'npm install, with the variable in .npmrc', versionOf(['npm', '--version'])),
    named('Node fetch', `fetch of ${carried}`, process.versions.node),
    named('node:https', `https of ${carried}`, process.versions.node),
    sdk('openai', `openai under ${carried}: a completion, whole and streamed`),
    sdk('@anthropic-ai/sdk', `@anthropic-ai/sdk under ${carried}, with an API key`),
    sdk('stripe', `stripe under ${carried}`, 'builds agents of its own: needs the preload'),
    ...['@google/genai', 'groq-sdk', '@mistralai/mistralai', '@octokit/rest', '@slack/web-api', '@notionhq/client'].map(
      (name) => sdk(name),
    ),
    sdk('@linear/sdk', '@linear/sdk', 'a base URL without TLS on loopback alone'),
    ...['resend', 'exa-js', '@mendable/firecrawl-js', 'twilio'].map((name) => sdk(name)),
    sdk('@aws-sdk/client-s3', '@aws-sdk/client-s3', 'signs the host that it calls, so no base URL'),
  ]
}

/** Published clients that stand in no list of the repository, for what comes with them. */
function furtherSdks(tools: MatrixTools): readonly MatrixCase[] {
  const asana = tools.program('node_modules/asana/package.json')
  const reporter = tools.program('node_modules/@sentry/node-core/package.json')
  const sentry = tools.program('node_modules/@sentry/cli-linux-x64/bin/sentry-cli')
  return [
    {
      client: 'asana',
      version: asana === undefined ? '' : versionIn(asana),
      name: 'asana',
      script: ({ node, inside }) => `${node} ${inside}/asana.mjs ${tools.folder}/node_modules/asana/dist/index.js`,
      prints: /^agent$/,
      presents: presentsBearer('asana'),
      gatewayName: 'asana',
      skip: asana === undefined && 'asana could not be installed',
    },
    {
      client: '@sentry/node-core',
      version: reporter === undefined ? '' : versionIn(reporter),
      name: '@sentry/node-core',
      script: ({ node, inside }) =>
        `${node} ${inside}/sentry.mjs ${tools.folder}/node_modules/@sentry/node-core/build/esm/light/index.js`,
      prints: /^answered 200$/,
      presents: () => [],
      skip: reporter === undefined && '@sentry/node-core could not be installed',
      note: 'reports through a tunnel: the key in its address is public, and stands in what it sends',
    },
    {
      ...program('sentry-cli', sentry, (path) => {
        // It takes a host, and no path behind it.
        const host = 'URL="$(printf %s "$BASE_URL" | sed -E "s|(://[^/]*).*|\\1|")"'
        return `${host}; ${path} \${URL:+--url "$URL"} organizations list`
      }),
      prints: /cloakroom/,
      presents: presentsBearer('sentry'),
      gatewayName: 'sentry',
      note: 'the last version with a free licence',
    },
  ]
}

function nodeVersions(tools: MatrixTools): readonly MatrixCase[] {
  return ['node20', 'node22', 'node24'].flatMap((name) => {
    const node = tools.program(`node_modules/${name}/bin/node`)
    const version = node === undefined ? '' : versionOf([node, '--version'])
    const label = `Node ${name.slice(4)}`
    const skip = node === undefined ? `${label} could not be installed` : false
    return [
      {
        ...simple(`${label} fetch`, version, (inside) => `${node} ${inside}/fetch.mjs`, skip),
        prints: /^200 \{"ok":true\} 100000$/,
      },
      {
        ...simple(`${label} https`, version, (inside) => `${node} ${inside}/https.mjs`, skip),
        prints: /^200 \{"ok":true\} 200 [\s\S]* over 1$/,
      },
    ]
  })
}

function runtimes(tools: MatrixTools): readonly MatrixCase[] {
  const deno = tools.program('node_modules/@deno/linux-x64-glibc/deno')
  const bun = tools.program('node_modules/@oven/bun-linux-x64/bin/bun')
  const fetches = { prints: /^200 \{"ok":true\} 100000$/ }
  return [
    {
      ...program(
        'Deno fetch',
        deno,
        (path, inside) => `DENO_DIR="$PWD/deno" ${path} run --quiet -A ${inside}/fetch.mjs`,
      ),
      ...fetches,
    },
    {
      ...program('Bun fetch', bun, (path, inside) => `${path} ${inside}/fetch.mjs`),
      ...fetches,
    },
  ]
}

function languages(tools: MatrixTools): readonly MatrixCase[] {
  const go = tools.program('go-client')
  return [
    simple('Go net/http', versionOf(['go', 'version']), () => `${go}`, go === undefined && 'Go could not be installed'),
    {
      ...program('Java HttpClient', system('java'), (path, inside) => `${path} ${inside}/Client.java`),
      note: 'its program sets proxy and login, which Java takes from nowhere else',
    },
    program('Ruby net/http', system('ruby'), (path, inside) => `${path} ${inside}/client.rb`),
    program('PHP curl', system('php'), (path, inside) => `${path} ${inside}/client.php`),
    {
      ...program('PHP streams', system('php'), (path, inside) => `${path} ${inside}/streams.php`),
      fencedOnly: 'take no proxy but from the program',
    },
    program('Perl HTTP::Tiny', system('perl'), (path, inside) => `${path} ${inside}/http-tiny.pl`),
    python('httpx', 'httpx-get.py'),
    { ...python('aiohttp', 'aiohttp-get.py'), note: '`trust_env=True`' },
    {
      ...program(
        'gh',
        system('gh'),
        (path) => `GH_TOKEN="$GITHUB_TOKEN" GH_CONFIG_DIR="$PWD" ${path} api user --jq .login`,
      ),
      prints: /^agent$/,
      presents: ({ github }) => [`token ${github.key.value}`],
    },
  ]
}

function packageManagers(tools: MatrixTools): readonly MatrixCase[] {
  const pnpm = tools.program('node_modules/pnpm/bin/pnpm.cjs') ?? tools.program('node_modules/pnpm/bin/pnpm.mjs')
  const uv = tools.program('bin/uv')
  const pnpmVersion = pnpm === undefined ? '' : versionOf([process.execPath, pnpm, '--version'])
  return [
    {
      client: 'pnpm',
      version: pnpmVersion,
      name: 'pnpm',
      script: ({ node }) => `
        echo '{"name":"project","version":"1.0.0"}' > package.json
        npm_config_userconfig="$WORKSPACE/.npmrc" PATH="$(dirname ${node}):$PATH" ${node} ${pnpm} add --silent --store-dir "$PWD/store" tiny-greeting
        ${node} -p 'require("tiny-greeting")'`,
      prints: new RegExp(`^${greeting}$`, 'm'),
      presents: ({ npm }) => [`Bearer ${npm.key.value}`],
      skip: pnpm === undefined && 'pnpm could not be installed',
      note: 'a token in the `.npmrc` of the user, not of the project',
    },
    {
      ...program(
        'uv',
        uv,
        (path) => `
        ${path} pip install --quiet --cache-dir "$PWD/cache" --target packages --index-url "https://agent:$INDEX_TOKEN@pip.clients.test/simple/" tiny-greeting
        PYTHONPATH=packages /usr/bin/python3 -c 'import tiny_greeting; print(tiny_greeting.text)'`,
      ),
      prints: new RegExp(`^${greeting}$`, 'm'),
      presents: ({ pip }) => [`Basic agent:${pip.key.value}`],
    },
    {
      ...program('cargo', system('cargo'), (path) => cargoScript(path)),
      prints: /^fetched$/m,
      presents: ({ git }) => [`Basic x:${git.key.value}`],
      note: 'a crate from git, `net.git-fetch-with-cli`',
    },
  ]
}

function cargoScript(cargo: string): string {
  const repository = 'https://x:$GIT_TOKEN@git.clients.test/team/project.git'
  const branch = 'crate-$$'
  return `
    git clone --quiet "${repository}" crate && cd crate && mkdir src && echo > src/lib.rs
    printf '[package]\\nname = "greeting"\\nversion = "0.1.0"\\nedition = "2021"\\n' > Cargo.toml
    git add . && git -c user.name=Agent -c user.email=agent@clients.test commit --quiet -m "A crate"
    git push --quiet origin HEAD:${branch}
    cd .. && mkdir -p project/src && cd project && echo > src/lib.rs
    printf '[package]\\nname = "project"\\nversion = "0.1.0"\\nedition = "2021"\\n[dependencies]\\n' > Cargo.toml
    echo "greeting = { git = \\"${repository}\\", branch = \\"${branch}\\" }" >> Cargo.toml
    RUSTC=/usr/bin/rustc CARGO_HOME="$PWD/cargo" CARGO_NET_GIT_FETCH_WITH_CLI=true ${cargo} fetch --quiet && echo fetched`
}

/** A client that asks the general service once, with its key. */
function simple(
  client: string,
  version: string,
  command: (inside: string) => string,
  skip: string | false,
): MatrixCase {
  return {
    client,
    version,
    name: client,
    script: ({ inside }) => command(inside),
    prints: answered,
    presents: presentsApiKey,
    skip,
  }
}

function program(
  client: string,
  path: string | undefined,
  command: (path: string, inside: string) => string,
): MatrixCase {
  const version = path === undefined ? '' : versionOf([path, path.endsWith('perl') ? '-v' : '--version'])
  const skip = path === undefined && `${client} could not be installed`
  return simple(client, version, (inside) => command(path ?? '', inside), skip)
}

function python(name: string, file: string): MatrixCase {
  const version = pythonVersion(name)
  const skip = version === '?' && `${name} could not be installed`
  return simple(`Python ${name}`, version, (inside) => `/usr/bin/python3 ${inside}/${file}`, skip)
}

function system(name: string): string | undefined {
  const path = `/usr/bin/${name}`
  return existsSync(path) ? path : undefined
}

function pythonVersion(name: string): string {
  return versionOf(['/usr/bin/python3', '-c', `import ${name}; print(${name}.__version__)`])
}

function packageVersion(name: string): string {
  return versionIn(join(repositoryRoot, 'node_modules', name, 'package.json'))
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

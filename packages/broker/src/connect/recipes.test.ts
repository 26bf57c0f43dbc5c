import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { plan, token } from './connect-plan.suite.ts'
import { connectRecipe, recipes } from './registry.ts'

for (const { target } of recipes) {
  const recipe = connectRecipe(target, plan)!
  const fileOf = (path: string): string => recipe.files.find((file) => file.path === path)?.content ?? ''

  test(`${target}: the environment has the placeholders, the proxy in both cases, and every trust variable`, () => {
    const { env } = recipe
    assert.equal(env['OPENAI_API_KEY'], plan.placeholders['OPENAI_API_KEY'])
    assert.equal(env['OPENAI_BASE_URL'], plan.baseUrls['OPENAI_BASE_URL'])
    for (const name of ['HTTP_PROXY', 'https_proxy', 'ALL_PROXY']) assert.equal(env[name], plan.proxyUrl)
    assert.match(env['NODE_EXTRA_CA_CERTS'] ?? '', /\/ca\.pem$/)
    assert.match(env['SSL_CERT_FILE'] ?? '', /\/ca-bundle\.pem$/)
    assert.equal(env['NODE_USE_ENV_PROXY'], '1')
  })

  test(`AC-12.2, R-52 ${target}: nothing but the sandbox’s own loopback and the broker is excepted from the proxy`, () => {
    assert.equal(recipe.env['NO_PROXY'], 'localhost,127.0.0.1,::1,broker.example')
    assert.equal(recipe.env['no_proxy'], recipe.env['NO_PROXY'])
  })

  test(`${target}: the bundle holds the roots and the authority; the authority’s file holds it alone`, () => {
    assert.match(fileOf('ca-bundle.pem'), /BBBB[\s\S]*AAAA/)
    assert.doesNotMatch(fileOf('ca.pem'), /BBBB/)
  })

  test(`AC-1.5 ${target}: wget, PHP and Java find the authority by variables, each by the form that it reads`, () => {
    const { env } = recipe
    const folder = env['SSL_CERT_FILE']!.replace(/\/ca-bundle\.pem$/, '')
    assert.equal(env['WGETRC'], `${folder}/wgetrc`)
    assert.equal(env['PHP_INI_SCAN_DIR'], `:${folder}`)
    assert.match(fileOf('coatcheck.ini'), /^openssl\.cafile = \$\{SSL_CERT_FILE\}$/m)
    assert.ok(env['JAVA_TOOL_OPTIONS']?.includes(`'${folder}/java-trust-store'`))
    const store = recipe.files.find(({ path }) => path === 'java-trust-store')!
    assert.equal(Buffer.from(store.content, store.encoding).readUInt32BE(0), 0xfeed_feed)
    const wgetrc = target === 'shell' ? fileOf('coatcheck.sh') : fileOf('wgetrc')
    assert.match(wgetrc, new RegExp(`^ca_certificate = ${RegExp.escape(folder)}/ca-bundle\\.pem$`, 'm'))
  })

  test(`MY-09 ${target}: MariaDB’s programs find settings where a grant leads them to the broker, and only there`, () => {
    assert.equal(fileOf('my.cnf'), '[client-mariadb]\nloose-skip-ssl\n')
    assert.equal(recipe.env['MYSQL_HOME'], undefined)
    const placeholders = { ...plan.placeholders, MYSQL_TCP_PORT: '20000' }
    const { env } = connectRecipe(target, { ...plan, placeholders })!
    assert.equal(env['MYSQL_HOME'], env['SSL_CERT_FILE']!.replace(/\/ca-bundle\.pem$/, ''))
  })

  test(`${target}: a file that holds the token says so, and no other text holds it`, () => {
    for (const { content, confidential, path } of recipe.files) {
      assert.equal(
        confidential,
        content.includes(token) || content.includes(Buffer.from(token).toString('base64')),
        path,
      )
    }
    const told = [recipe.start, recipe.teardown, recipe.fence, ...recipe.warnings].join('\n')
    assert.ok(!told.includes(token))
  })

  test(`S7 ${target}: there is a hook that ends the sandbox here when it ends there`, () => {
    assert.match(recipe.teardown, /sandbox.{1,6}delete.{1,6}sbx_0a1b2c3d|DELETE "\$COATCHECK_DOOR\/self"/)
  })

  test(`${target}: what it says of its fence does not promise more than the platform keeps`, () => {
    assert.match(recipe.fence, /Advisory|alone|NetworkPolicy|allow list/)
  })

  test(`${target}: its YAML and JSON can be parsed`, () => {
    for (const { path, content } of recipe.files) {
      if (path.endsWith('.json')) JSON.parse(content)
      if (!path.endsWith('.yaml')) continue
      for (const document of parseAllDocuments(content)) assert.deepEqual(document.errors, [], path)
    }
  })
}

test('an unknown platform has no recipe', () => {
  assert.equal(connectRecipe('constructor', plan), undefined)
})

test('shell: a script that bash sources sets every variable to its very value', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'recipe shell-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const recipe = connectRecipe('shell', plan)!
  for (const { path, content } of recipe.files) writeFileSync(join(folder, path), content)
  const names = Object.keys(recipe.env).filter((name) => name !== 'NODE_OPTIONS')
  const script = `. ./coatcheck.sh; for name in ${names.join(' ')}; do printf '%s=%s\\0' "$name" "\${!name}"; done`
  const output = execFileSync('bash', ['--norc', '-c', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
  })
  const set = Object.fromEntries(
    output
      .toString()
      .split('\0')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  for (const name of names) {
    assert.equal(set[name], recipe.env[name]?.replaceAll('$COATCHECK_FOLDER', folder), name)
  }
})

test('docker: the variables’ file has one line for each, as Docker reads them', () => {
  const recipe = connectRecipe('docker', plan)!
  const lines = recipe.files
    .find(({ path }) => path === 'coatcheck.env')!
    .content.trimEnd()
    .split('\n')
  assert.deepEqual(
    Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
    recipe.env,
  )
})

test('kubernetes: the policy lets nothing out but the broker’s port, and no name either', () => {
  const manifests = connectRecipe('kubernetes', plan)!.files.find(({ path }) => path === 'coatcheck.yaml')!.content
  const policy = parseAllDocuments(manifests)
    .map((document) => document.toJS())
    .find(({ kind }) => kind === 'NetworkPolicy')
  assert.deepEqual(policy.spec.policyTypes, ['Ingress', 'Egress'])
  assert.deepEqual(policy.spec.egress, [
    { to: [{ ipBlock: { cidr: '192.0.2.1/32' } }], ports: [{ protocol: 'TCP', port: 7071 }] },
  ])
  assert.equal(policy.spec.ingress, undefined)
})

test('docker, fly: what is to be run is a shell script without mistakes of form', () => {
  for (const target of ['docker', 'fly']) {
    const { start, teardown } = connectRecipe(target, plan)!
    for (const script of [start, teardown]) execFileSync('sh', ['-n'], { input: script })
  }
})

test('e2b, modal: what is to be run can be parsed as JavaScript and as Python', () => {
  const e2b = connectRecipe('e2b', plan)!
  execFileSync(process.execPath, ['--input-type=module', '--check'], { input: `${e2b.start}\n${e2b.teardown}` })
  const modal = connectRecipe('modal', plan)!
  execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
    input: `${modal.start}\n${modal.teardown}`,
  })
})

test('e2b: with SOCKS5 its egress proxy is the broker, and the token stands in a confidential file alone', () => {
  const socksUrl = `socks5h://sbx_0a1b2c3d:${token}@broker.example:7071`
  const { files, start, teardown, fence, warnings } = connectRecipe('e2b', { ...plan, socksUrl })!
  const file = files.find(({ path }) => path === 'egress-proxy.json')!
  assert.equal(file.confidential, true)
  assert.deepEqual(JSON.parse(file.content), {
    address: 'broker.example:7071',
    username: 'sbx_0a1b2c3d',
    password: token,
  })
  assert.match(start, /egressProxy,/)
  assert.doesNotMatch(start, /allowOut/)
  assert.match(warnings.join(' '), /clear text/)
  assert.ok(![start, teardown, fence, ...warnings].join().includes(token))
  execFileSync(process.execPath, ['--input-type=module', '--check'], { input: start })
  assert.ok(!connectRecipe('e2b', plan)!.files.some(({ path }) => path === 'egress-proxy.json'))
})

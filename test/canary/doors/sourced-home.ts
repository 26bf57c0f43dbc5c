import assert from 'node:assert/strict'
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createClient } from '@coatcheck/sdk'
import { askApi } from '../../acceptance/ask-api.ts'
import { startServe } from '../../acceptance/serving-broker.ts'
import { findCanary } from '../../fixtures/canary.ts'
import { startConnectProxy } from '../../fixtures/connect-proxy.ts'
import { type SecondHome, secondHome } from '../second-home.ts'
import { goodHost, injectorHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'
import { goodRequest } from './sandbox.ts'

const readEverything = readFileSync(join(import.meta.dirname, '../../acceptance/inside/read-everything.py'), 'utf8')
const variable = 'KEY_FOR_AGENTS'
const basicHost = injectorHost('basic')

/** Values that no vault holds: those of sources, and those of the files by which tools log in. */
export const sourcedHome: Door = {
  name: 'values of a file, a program and a variable, and logins of tools, which the vault does not hold',
  once: true,
  async walk(stage) {
    const { stored, ambient, login } = stage.values
    const home = secondHome(stage, 'sourced')
    await using proxy = await startConnectProxy(stage.services.good.port, `corp:${login.value}`)
    const proxyText = `http://corp:${login.value}@127.0.0.1:${proxy.port}\n`
    const given: readonly (readonly [name: string, content: string])[] = [
      ['value', `${stored.value}\n`],
      ['value.json', JSON.stringify({ value: stored.value })],
      ['roots.pem', stage.services.root.certificate],
      ['corporate', proxyText],
    ]
    await withFiles(stage, given, async ([value = '', json = '', roots = '', corporate = '']) => {
      const to = [{ to: goodHost, rootsFile: roots }]
      const sources = {
        file: { kind: 'file', path: value, to, freshForSeconds: 1, maxAgeSeconds: 0 },
        exec: { kind: 'exec', command: ['/usr/bin/cat', json], output: 'json', to },
        env: { kind: 'env', variable, to },
      }
      await withFiles(stage, [['sources.yaml', JSON.stringify({ sources })]], ([file = '']) =>
        home.done(0, ['source', 'apply', file, '--yes']),
      )
      const broker = await startServe(stage.caller, {
        args: ['--upstream-proxy-file', corporate, '--roots', roots],
        env: { ...home.env, [variable]: ambient.value },
      })
      try {
        await useSources(stage, home, Object.keys(sources))
        await useLogins(stage, home)
        await breakSource(stage, home, value)
      } finally {
        await broker.stop()
        stage.hear('the log of the broker with sources', broker.said())
      }
    })
  },
}

/** Does something while the caller has these files. */
function withFiles(
  stage: Stage,
  [file, ...others]: readonly (readonly [name: string, content: string])[],
  use: (paths: readonly string[]) => Promise<unknown>,
  paths: readonly string[] = [],
): Promise<unknown> {
  if (file === undefined) return use(paths)
  return stage.withFile(file[1], (path) => withFiles(stage, others, use, [...paths, path]), file[0])
}

async function useSources(stage: Stage, home: SecondHome, names: readonly string[]): Promise<void> {
  const { secrets, sources } = createClient(home)
  const scopes = [{ to: goodHost, inject: { kind: 'bearer' } }]
  for (const name of names) stage.hear(name, JSON.stringify(await secrets.create({ name, sourceName: name, scopes })))
  const requests = names.map((name) => goodRequest.replace('$KEY', `$${name.toUpperCase()}`))
  const grants = names.flatMap((name) => ['--secret', `${name.toUpperCase()}=${name}`])
  const script = ['printenv', ...requests].join('; ')
  const said = await home.done(0, ['run', '--profile', 'locked', ...grants, '--', 'sh', '-c', script])
  // The service does not take that of the variable.
  assert.deepEqual(
    [...said.matchAll(/HTTP\/[\d.]+ (\d+)/g)].map(([, status]) => status),
    names.map((name) => (name === 'env' ? '401' : '200')),
  )
  for (const name of names) stage.hear(name, JSON.stringify(await secrets.refresh(name)))
  stage.hear('sources', JSON.stringify(await sources.list()))
}

/** Logins of tools, replaced in their files, and one of them used. */
async function useLogins(stage: Stage, home: SecondHome): Promise<void> {
  const { folder, uid } = stage.caller
  const { value } = stage.values.stored
  const [person, work] = [join(folder, 'person'), join(folder, 'work')]
  const files: Readonly<Record<string, string>> = {
    '.netrc': `machine ${basicHost}\n  login me\n  password ${value}\n`,
    '.npmrc': `//registry.npmjs.org/:_authToken=${value}\n`,
    '.pypirc': `[distutils]\nindex-servers = pypi\n[pypi]\nusername = __token__\npassword = ${value}\n`,
    '.claude.json': JSON.stringify({ primaryApiKey: value }),
    '.codex/auth.json': JSON.stringify({ OPENAI_API_KEY: value }),
    '.aws/credentials': `[default]\naws_access_key_id = AKIAREALREALREALREAL\naws_secret_access_key = ${value.slice(-40)}\n`,
  }
  for (const path of [person, work, ...Object.keys(files).map((path) => dirname(join(person, path)))])
    mkdirSync(path, { recursive: true })
  for (const [path, content] of Object.entries(files)) writeFileSync(join(person, path), content, { mode: 0o600 })
  for (const path of [person, work, ...Object.keys(files).map((path) => join(person, path))])
    if (process.getuid?.() === 0) chownSync(path, uid, uid)
  try {
    const request = `curl -sS -i --max-time 20 --netrc https://${basicHost}/json`
    const show = Object.keys(files).map((path) => `cat ~/${path}`)
    const before = stage.services.good.requests.length
    const args = ['run', '--profile', 'locked', '--files', 'netrc,npm,pip,claude,codex,aws', '--']
    const options = { cwd: work, env: { ...home.env, HOME: person } }
    const look = `/usr/bin/python3 -c '${readEverything.replaceAll("'", `'"'"'`)}'`
    const script = [...show, request, 'printenv', look].join('; ')
    const shown = await stage.command([...args, 'sh', '-c', script], options)
    assert.match(shown.stdout, /HTTP\/[\d.]+ 200/, shown.stderr)
    assert.ok(shown.stdoutBytes.length > 100_000, shown.stderr)
    const [arrived] = stage.services.good.requests.slice(before).filter(({ host }) => host === basicHost)
    assert.notDeepEqual(findCanary(arrived?.rawHeaders.join('\n') ?? '', stage.values.stored), [])
  } finally {
    for (const path of [person, work]) rmSync(path, { recursive: true, force: true })
  }
}

/** A source whose value cannot be used, or that is gone. */
async function breakSource(stage: Stage, home: SecondHome, path: string): Promise<void> {
  const good = readFileSync(path, 'utf8')
  for (const bad of [`${good}${good}`, ` ${good}`, `${good.trim()}\u0000`, good.repeat(2000), undefined]) {
    if (bad === undefined) rmSync(path)
    else writeFileSync(path, bad)
    const { status, text } = await askApi(home.socketPath, { method: 'POST', path: '/v1/secrets/file/refresh' })
    stage.hear('a source that is broken', text)
    assert.ok(status >= 400, text)
  }
  await home.done(0, ['source', 'list'])
  await home.done(0, ['logs', '--json', '--limit', '1000'])
}

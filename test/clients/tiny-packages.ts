import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Route } from '../fixtures/origin-routes.ts'

/** What the packages say when they are imported. */
export const greeting = 'greetings from the registry'

const npmFiles = {
  'package/package.json': JSON.stringify({ name: 'tiny-greeting', version: '1.0.0', main: 'index.js' }),
  'package/index.js': `module.exports = '${greeting}'\n`,
}

const wheelName = 'tiny_greeting-1.0.0-py3-none-any.whl'
const wheelFiles = {
  'tiny_greeting/__init__.py': `text = '${greeting}'\n`,
  'tiny_greeting-1.0.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tiny-greeting\nVersion: 1.0.0\n',
  'tiny_greeting-1.0.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  'tiny_greeting-1.0.0.dist-info/RECORD':
    'tiny_greeting/__init__.py,,\ntiny_greeting-1.0.0.dist-info/METADATA,,\ntiny_greeting-1.0.0.dist-info/WHEEL,,\n',
}

/** An archive of the files, made by a program of the machine: `{}` in its arguments stands for the archive. */
function archive(files: Readonly<Record<string, string>>, [program = '', ...args]: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-archive-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    const roots = [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))]
    const all = [...args.map((argument) => argument.replace('{}', 'archive')), ...roots]
    execFileSync(program, all, { cwd: folder, env: { PATH: '/usr/bin:/bin' } })
    return readFileSync(join(folder, 'archive'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function sender(type: string, content: string | Buffer): Route['answer'] {
  return ({ response }: { response: ServerResponse }) => {
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(content) }).end(content)
  }
}

/** A registry as npm knows it, with one package. */
export function npmRegistry(host: string): readonly Route[] {
  const tarball = archive(npmFiles, ['tar', '-czf', '{}'])
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const address = `https://${host}/tiny-greeting/-/tiny-greeting-1.0.0.tgz`
  const version = { name: 'tiny-greeting', version: '1.0.0', dist: { tarball: address, integrity } }
  const document = { name: 'tiny-greeting', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }
  return [
    { method: 'GET', path: /^\/tiny-greeting$/, answer: sender('application/json', JSON.stringify(document)) },
    { method: 'GET', path: /\/tiny-greeting-1\.0\.0\.tgz$/, answer: sender('application/octet-stream', tarball) },
    { method: 'POST', path: /^\/-\/npm\/v1\/security\/advisories\/bulk$/, answer: sender('application/json', '{}') },
    { method: 'PUT', path: /^\/tiny-reply$/, answer: sender('application/json', '{"ok":true}') },
  ]
}

/** A simple index as pip knows it (PEP 503), with one package. */
export function pipIndex(): readonly Route[] {
  const wheel = archive(wheelFiles, ['python3', '-m', 'zipfile', '-c', '{}'])
  const sha256 = createHash('sha256').update(wheel).digest('hex')
  const page = `<!DOCTYPE html><a href="/files/${wheelName}#sha256=${sha256}">${wheelName}</a>`
  return [
    { method: 'GET', path: /^\/simple\/tiny-greeting\/$/, answer: sender('text/html', page) },
    { method: 'GET', path: /^\/files\/tiny_greeting-.*\.whl$/, answer: sender('application/octet-stream', wheel) },
  ]
}

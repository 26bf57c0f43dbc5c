import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An environment, and a working directory, made by somebody who wants the broker to run code, to log or to trust. */
export interface HostileEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** Arguments of every Node process that ran the foreign code, one process a line. */
  foreignRuns(): readonly string[]
  /** Files that would be there if the environment had been obeyed. */
  traces(): readonly string[]
}

/** Part of the C library that no program of ours uses, so that a process has it only when it was made to; undefined where there is none. */
export const spareLibrary: string | undefined = globSync('/usr/{lib,lib64}/{*-linux-gnu/,}libBrokenLocale.so.1')[0]

/** Lays the traps in `folder`, which the caller starts in. `rootFile` is a root certificate that nobody should trust. */
export function makeHostileEnvironment(folder: string, rootFile: string): HostileEnvironment {
  const marker = join(folder, 'foreign-runs')
  const code = join(folder, 'foreign.cjs')
  const script = join(folder, 'foreign.sh')
  const traces = ['keys.log', 'warnings.log', 'shell-ran'].map((name) => join(folder, name))
  const [keyLog = '', warnings = '', shellRan = ''] = traces
  const line = `process.argv.join(' ') + '\\n'`
  writeFileSync(code, `require('node:fs').appendFileSync(${JSON.stringify(marker)}, ${line})\n`)
  writeFileSync(script, `touch ${shellRan}\n`)
  writeFileSync(join(folder, 'openssl.cnf'), 'nodejs_conf = empty\n[empty]\n')
  // So that npm takes this folder for the project, whatever lies above it.
  writeFileSync(join(folder, 'package.json'), '{}\n')
  writeFileSync(join(folder, '.npmrc'), `node-options=--require ${code}\n`)
  return {
    variables: {
      NODE_OPTIONS: `--require ${code}`,
      npm_config_node_options: `--require ${code}`,
      NODE_DEBUG: 'net,http,tls,https,stream,child_process',
      NODE_DEBUG_NATIVE: 'tls',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_REDIRECT_WARNINGS: warnings,
      NODE_PATH: folder,
      NODE_EXTRA_CA_CERTS: rootFile,
      SSL_CERT_FILE: rootFile,
      SSL_CERT_DIR: folder,
      SSLKEYLOGFILE: keyLog,
      OPENSSL_CONF: join(folder, 'openssl.cnf'),
      OPENSSL_MODULES: folder,
      BASH_ENV: script,
      ENV: script,
      ...(spareLibrary === undefined ? {} : { LD_PRELOAD: spareLibrary }),
    },
    foreignRuns: () => (existsSync(marker) ? readFileSync(marker, 'utf8').trim().split('\n') : []),
    traces: () => traces.filter((path) => existsSync(path)),
  }
}

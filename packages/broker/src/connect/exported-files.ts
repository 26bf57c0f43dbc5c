import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RecipeFile } from '@coatcheck/contract'
import { javaTrustStore, mysqlSettings, mysqlSettingsName } from '@coatcheck/launchers'
import type { ConnectPlan } from './connect-plan.ts'
import { sandboxFolder } from './exported-environment.ts'

const preloadPath = fileURLToPath(import.meta.resolve('@coatcheck/broker/node-preload.cjs'))

// biome-ignore lint/suspicious/noTemplateCurlyInString: PHP reads variables where its settings name them.
const phpSettings = 'curl.cainfo = ${SSL_CERT_FILE}\nopenssl.cafile = ${SSL_CERT_FILE}\n'

/**
 * The files that every registered sandbox gets, for `folder` inside. Only public parts: certificates, a script, and settings
 * of clients that read no certificates from their environment.
 */
export function exportedFiles({ ca, roots }: ConnectPlan, folder = sandboxFolder): readonly RecipeFile[] {
  const authority = `${ca.trimEnd()}\n`
  const bundle = [...roots, authority].map((block) => `${block.trimEnd()}\n`).join('')
  return [
    publicFile('ca.pem', authority),
    publicFile('ca-bundle.pem', bundle),
    publicFile('node-preload.cjs', readFileSync(preloadPath, 'utf8')),
    publicFile('wgetrc', wgetSettings(folder)),
    publicFile('coatcheck.ini', phpSettings),
    publicFile(mysqlSettingsName, mysqlSettings),
    {
      path: 'java-trust-store',
      content: Buffer.from(javaTrustStore(bundle)).toString('base64'),
      encoding: 'base64',
      confidential: false,
    },
  ]
}

/** What wget reads; it expands no variables. */
export function wgetSettings(folder: string): string {
  return `ca_certificate = ${folder}/ca-bundle.pem\n`
}

/** An environment as a file of `NAME=value` lines, as Docker and systemd read it: no quotes, no escapes. */
export function environmentFile(path: string, env: Readonly<Record<string, string>>): RecipeFile {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
  return { path, content: lines.join(''), confidential: true }
}

function publicFile(path: string, content: string): RecipeFile {
  return { path, content, confidential: false }
}

import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { CredentialTool, FileOwner, FilePlace } from './credential-file.ts'

/** Where credential files are, apart from how they are read, so that a run that reads none loads nothing for it. */
export const filePlaces = {
  ghHosts: {
    tool: 'gh',
    inside: '.config/gh/hosts.yml',
    places: ({ home, user }) => [
      join(user['GH_CONFIG_DIR'] ?? join(user['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'gh'), 'hosts.yml'),
    ],
  },
  npmrc: {
    tool: 'npm',
    inside: '.npmrc',
    places: ({ home, user }) => [
      user['NPM_CONFIG_USERCONFIG'] ?? user['npm_config_userconfig'] ?? join(home, '.npmrc'),
    ],
  },
  pypirc: {
    tool: 'pip',
    inside: '.pypirc',
    places: ({ home }) => [join(home, '.pypirc')],
  },
  pipConf: {
    tool: 'pip',
    inside: '.config/pip/pip.conf',
    places: ({ home, user }) => [
      ...(user['PIP_CONFIG_FILE'] === undefined ? [] : [user['PIP_CONFIG_FILE']]),
      join(user['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'pip/pip.conf'),
      join(home, '.pip/pip.conf'),
    ],
  },
  dockerConfig: {
    tool: 'docker',
    inside: '.docker/config.json',
    places: ({ home, user }) => [join(user['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json')],
  },
  awsCredentials: {
    tool: 'aws',
    inside: '.aws/credentials',
    places: ({ home, user }) => [user['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials')],
  },
  kubeconfig: {
    tool: 'kubectl',
    inside: '.kube/config',
    places: ({ home, user }) => {
      const named = (user['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '')
      return named.length > 0 ? named : [join(home, '.kube/config')]
    },
  },
  netrc: {
    tool: 'netrc',
    inside: '.netrc',
    places: ({ home, user }) => [user['NETRC'] ?? join(home, '.netrc')],
  },
  claudeConfig: {
    tool: 'claude',
    inside: '.claude.json',
    places: ({ home, user }) => [join(user['CLAUDE_CONFIG_DIR'] ?? home, '.claude.json')],
  },
  codexAuth: {
    tool: 'codex',
    inside: '.codex/auth.json',
    places: ({ home, user }) => [join(user['CODEX_HOME'] ?? join(home, '.codex'), 'auth.json')],
  },
} as const satisfies Readonly<Record<string, FilePlace>>

/** The path of a file of this owner, where it is there. */
export function placeOf(file: FilePlace, owner: FileOwner): string | undefined {
  return file.places(owner).find((path) => {
    try {
      return statSync(path).isFile()
    } catch {
      return false
    }
  })
}

/** Tools that have a credential file, which is not opened. */
export function toolsWithFiles(owner: FileOwner): readonly CredentialTool[] {
  const found = Object.values(filePlaces).filter((file) => placeOf(file, owner) !== undefined)
  return [...new Set(found.map(({ tool }) => tool))]
}

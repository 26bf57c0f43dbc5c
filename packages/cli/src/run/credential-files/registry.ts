import { awsCredentials } from './aws-credentials.ts'
import { claudeConfig } from './claude-config.ts'
import { codexAuth } from './codex-auth.ts'
import type { CredentialFile } from './credential-file.ts'
import { dockerConfig } from './docker-config.ts'
import { ghHosts } from './gh-hosts.ts'
import { kubeconfig } from './kubeconfig.ts'
import { netrc } from './netrc.ts'
import { npmrc } from './npmrc.ts'
import { pipConf } from './pip-conf.ts'
import { pypirc } from './pypirc.ts'

/** All credential files that are known. */
export const credentialFiles: readonly CredentialFile[] = [
  ghHosts,
  npmrc,
  pypirc,
  pipConf,
  dockerConfig,
  awsCredentials,
  kubeconfig,
  netrc,
  claudeConfig,
  codexAuth,
]

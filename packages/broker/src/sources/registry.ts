import { awsParameterSource } from './kinds/aws-parameter-source.ts'
import { awsSecretSource } from './kinds/aws-secret-source.ts'
import { bitwardenSource } from './kinds/bitwarden-source.ts'
import { envSource } from './kinds/env-source.ts'
import { execSource } from './kinds/exec-source.ts'
import { fileSource } from './kinds/file-source.ts'
import { gcpSecretSource } from './kinds/gcp-secret-source.ts'
import { keychainSource } from './kinds/keychain-source.ts'
import { onePasswordAccountSource } from './kinds/one-password-account-source.ts'
import { onePasswordSource } from './kinds/one-password-source.ts'
import { vaultSource } from './kinds/vault-source.ts'
import type { SourceKind } from './source-kind.ts'

/** Every kind of source. */
export const sourceKinds: readonly SourceKind[] = [
  envSource,
  fileSource,
  execSource,
  keychainSource,
  vaultSource,
  awsSecretSource,
  awsParameterSource,
  gcpSecretSource,
  onePasswordSource,
  onePasswordAccountSource,
  bitwardenSource,
]

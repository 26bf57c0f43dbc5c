import type { ServiceAddress } from '../connector.ts'
import { standInOf } from './stand-in.ts'

/** What the host keys of the broker are known by, whatever name was dialled. */
const alias = 'coatcheck'

/**
 * The stand-in for the private key under the variable that was asked for, and how git finds it. Git has a shell read `GIT_SSH_COMMAND`; OpenSSH
 * reads keys from files only, so it is given one for as long as it runs.
 */
export function sshVariables(
  env: string,
  placeholder: string,
  { host }: ServiceAddress,
): Readonly<Record<string, string>> {
  const { userText, host: hostKey } = standInOf(placeholder)
  const knownHost = `${alias} ssh-ed25519 ${hostKey.blob.toString('base64')}`
  const options = [
    '-F none',
    '-o IdentityFile="$d/key"',
    '-o UserKnownHostsFile="$d/hosts"',
    '-o IdentitiesOnly=yes',
    '-o IdentityAgent=none',
    '-o GlobalKnownHostsFile=/dev/null',
    `-o HostKeyAlias=${alias}`,
    '-o HostKeyAlgorithms=ssh-ed25519',
    '-o StrictHostKeyChecking=yes',
    '-o UpdateHostKeys=no',
    '-o BatchMode=yes',
    '-o ClearAllForwardings=yes',
    '-a -x',
  ].join(' ')
  // Only builtins see the key, so that it stands in nobody's arguments.
  const command =
    'coatcheck_ssh() { d=$(mktemp -d) || return 255; ' +
    `printf '%s\\n' "$${env}" >"$d/key" && chmod 600 "$d/key" && printf '%s\\n' '${knownHost}' >"$d/hosts" && ` +
    `ssh ${options} "$@"; s=$?; rm -rf "$d"; return $s; }; coatcheck_ssh`
  return {
    [env]: userText,
    GIT_SSH_COMMAND: command,
    GIT_SSH_VARIANT: 'ssh',
    COATCHECK_SSH_HOST: host,
  }
}

import { readlinkSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import { inheritableDescriptors } from '../host/close-inherited-descriptors.ts'

/**
 * Checks that a gateway's process leads into namespaces of its own, and that nothing of this process would follow.
 * @throws CoatcheckError `launch_impossible`
 */
export function checkFence(gatewayPid: number): void {
  if (!Number.isInteger(gatewayPid) || gatewayPid <= 1) throw impossible('the gateway is gone')
  for (const namespace of ['user', 'net', 'pid']) {
    const theirs = namespaceOf(String(gatewayPid), namespace)
    // SECURITY: without a network of its own a sandbox would be on the host's.
    if (theirs === undefined) throw impossible('the gateway is gone')
    if (theirs === namespaceOf('self', namespace)) throw impossible('the process is not one of a gateway')
  }
  const [descriptor] = inheritableDescriptors()
  // SECURITY: an open file or socket of the host works inside, whatever the mounts and the network are.
  if (descriptor !== undefined) throw impossible(`descriptor ${descriptor} would be inherited`)
}

function namespaceOf(process: string, namespace: string): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/ns/${namespace}`)
  } catch {
    return undefined
  }
}

function impossible(reason: string): CoatcheckError {
  return new CoatcheckError('launch_impossible', { reason })
}

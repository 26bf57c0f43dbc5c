import type { NetworkRule } from '@coatcheck/contract'
import { InvalidArgumentError } from 'commander'

/** Name under which a sandbox reaches services of the machine that it runs on, where they were opened for it. */
const hostAlias = 'host.coatcheck.internal'

/** Reads a port for `--host-port`. @throws InvalidArgumentError */
export function parsePort(text: string, earlier: readonly number[] = []): readonly number[] {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('Write a port from 1 to 65535.')
  return [...earlier, port]
}

/** The rules that let a sandbox reach these ports of the host's loopback address, and no other. */
export function hostPortRules(ports: readonly number[]): readonly NetworkRule[] {
  return ports.flatMap((port) =>
    (['http', 'https'] as const).map((scheme) => ({
      to: `${scheme}://${hostAlias}:${port}`,
      pin: { address: '127.0.0.1', port },
    })),
  )
}

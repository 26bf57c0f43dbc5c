import { CoatcheckError } from '@coatcheck/contract'
import { type BodyCaps, noBodyCaps } from '../egress/body-caps.ts'
import { isByteCount } from './is-byte-count.ts'
import type { BrokerSettings } from './settings.ts'

/** The caps that settings ask for. @throws CoatcheckError `settings_invalid` */
export function readBodyCaps({
  maxRequestBytes = noBodyCaps.maxRequestBytes,
  maxResponseBytes = noBodyCaps.maxResponseBytes,
}: BrokerSettings): BodyCaps {
  const caps = { maxRequestBytes, maxResponseBytes }
  for (const [name, bytes] of Object.entries(caps)) {
    // SECURITY: what is no number is compared with nothing, and would be no cap at all.
    if (bytes !== Number.POSITIVE_INFINITY && !isByteCount(bytes))
      throw new CoatcheckError('settings_invalid', { reason: `${name} is not a number of bytes from 1 on` })
  }
  return caps
}

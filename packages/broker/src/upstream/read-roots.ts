import { X509Certificate } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'

const block = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

/**
 * The certificates of a PEM text, without anything that stands around them. SECURITY: roots are kept in clear text and
 * shown with the scope, so a private key or another value among them is refused, and nothing of it repeated.
 * @throws CoatcheckError `scope_invalid`
 */
export function readRoots(pem: string): string {
  const hint = 'Give certificates as PEM, and nothing else.'
  const blocks = pem.match(block) ?? []
  if (blocks.length === 0) throw new CoatcheckError('scope_invalid', { reason: 'the roots hold no certificate', hint })
  if (pem.includes('PRIVATE KEY')) {
    throw new CoatcheckError('scope_invalid', { reason: 'the roots hold a private key', hint })
  }
  return blocks.map((text) => certificateOf(text, hint)).join('')
}

function certificateOf(text: string, hint: string): string {
  try {
    return new X509Certificate(text).toString()
  } catch {
    // OpenSSL's message says no more than this one.
    throw new CoatcheckError('scope_invalid', { reason: 'one of the roots is no certificate', hint })
  }
}

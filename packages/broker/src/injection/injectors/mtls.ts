import { CoatcheckError } from '@coatcheck/contract'
import { demandLasting, privateKeyLines, readClientCertificate } from '../client-certificate.ts'
import { defineInjector } from '../define-injector.ts'

/**
 * A client certificate, shown to the service when it is dialled. It stands in no request: every connection that is opened for the scope
 * has it, and no placeholder is looked for.
 */
export const mtls = defineInjector({
  kind: 'mtls',
  surfaces: [],
  options: {},
  prepare: () => ({
    places: { fields: [], parameters: [], path: null },
    carries: () => false,
    apply() {
      throw new CoatcheckError('placeholder_undeclared_place')
    },
    blank() {},
    attach() {},
    clientIdentity: readClientCertificate,
    // The rest of the bundle is shown to whoever asks.
    confidentialParts: privateKeyLines,
    check: (secret) => demandLasting(readClientCertificate(secret)),
  }),
})

import { z } from 'zod'
import { credential, openCredential, placesOfCredential, variablesOfCredential } from '../credential.ts'
import { askProgram, programPath } from '../credential-program.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromBytes } from '../value-from-bytes.ts'

/** A secret reference of 1Password, read by the program `op` for a service account. */
export const onePasswordAccountSource = defineSourceKind({
  kind: '1password',
  options: z.strictObject({
    /** `op://vault/item/field`. */
    reference: z.string().regex(/^op:\/\/[^\0/]+(?:\/[^\0/]+){2,3}$/),
    program: programPath.default('/usr/bin/op'),
    /** Of a service account. */
    token: credential,
  }),
  variablesOf: ({ token }) => variablesOfCredential(token),
  placesOf: ({ program, token }) => [program, ...placesOfCredential(token)],
  open({ reference, program, token }, parts) {
    const call = {
      command: [program, 'read', '--no-newline', reference],
      variable: 'OP_SERVICE_ACCOUNT_TOKEN',
      token: openCredential(token, parts),
      homeFolder: parts.homeFolder,
    }
    return {
      kind: '1password',
      mayChange: true,
      read: async (signal) => ({ value: valueFromBytes(await askProgram(call, signal)) }),
    }
  },
})

import { z } from 'zod'
import { credential, openCredential, placesOfCredential, variablesOfCredential } from '../credential.ts'
import { askProgram, programPath } from '../credential-program.ts'
import { pickJsonField } from '../pick-field.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromText } from '../value-from-bytes.ts'

/** A secret in Bitwarden Secrets Manager, read by the program `bws` for a machine account. */
export const bitwardenSource = defineSourceKind({
  kind: 'bitwarden',
  options: z.strictObject({
    /** Of the secret. */
    id: z.uuid(),
    program: programPath.default('/usr/local/bin/bws'),
    /** Of a machine account. */
    token: credential,
  }),
  variablesOf: ({ token }) => variablesOfCredential(token),
  placesOf: ({ program, token }) => [program, ...placesOfCredential(token)],
  open({ id, program, token }, parts) {
    const call = {
      command: [program, 'secret', 'get', id, '--output', 'json'],
      variable: 'BWS_ACCESS_TOKEN',
      token: openCredential(token, parts),
      homeFolder: parts.homeFolder,
    }
    return {
      kind: 'bitwarden',
      mayChange: true,
      async read(signal) {
        const written = await askProgram(call, signal)
        try {
          return { value: valueFromText(pickJsonField(written.toString(), 'value')) }
        } finally {
          written.fill(0)
        }
      },
    }
  },
})

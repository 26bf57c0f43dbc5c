import { z } from 'zod'
import { sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromText } from '../value-from-bytes.ts'

/** A variable of the command that starts the broker: read there once, handed over, and never read again. */
export const envSource = defineSourceKind({
  kind: 'env',
  options: z.strictObject({ variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/) }),
  variablesOf: ({ variable }) => [variable],
  open({ variable }, { variables }) {
    return {
      kind: 'env',
      mayChange: false,
      async read() {
        const text = variables.get(variable)
        if (text === undefined) {
          throw sourceFailure(`the variable ${variable} is not set`, 'Set it for the command that starts the broker.')
        }
        return { value: valueFromText(text) }
      },
    }
  },
})

import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { cleanEnvironment, runProgram } from '../run-program.ts'
import { type FetchedValue, sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { maxValueBytes, valueFromBytes, valueFromText } from '../value-from-bytes.ts'

const command = z
  .array(z.string().max(4096))
  .min(1)
  .max(64)
  .refine(([file = '']) => isAbsolute(file), 'must begin with an absolute path')

/** JSON has escapes and an instant around the value. */
const maxOutputBytes = maxValueBytes * 2

const answer = z.looseObject({ value: z.string(), expiresAt: z.iso.datetime({ offset: true }).exactOptional() })

/** A program whose output is the value, or a JSON object of `value` and `expiresAt`. */
export const execSource = defineSourceKind({
  kind: 'exec',
  options: z.strictObject({
    command,
    output: z.enum(['plain', 'json']).default('plain'),
    /** Over the clean environment; for what says where things are, and never for a secret. */
    environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), z.string().max(4096)).default({}),
  }),
  placesOf: ({ command: line }) => line.slice(0, 1),
  open({ command: line, output, environment }, { homeFolder }) {
    const call = { command: line, environment: { ...cleanEnvironment(homeFolder), ...environment }, maxOutputBytes }
    return {
      kind: 'exec',
      mayChange: true,
      async read(signal) {
        const written = await runProgram(call, signal)
        return output === 'json' ? readAnswer(written) : { value: valueFromBytes(written) }
      },
    }
  },
})

function readAnswer(written: Buffer): FetchedValue {
  try {
    const { value, expiresAt } = answer.parse(JSON.parse(written.toString()))
    return { value: valueFromText(value), ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }) }
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      // SECURITY: what a parser says quotes what it read.
      throw sourceFailure('the program did not write JSON with `value` and, if it expires, `expiresAt`')
    }
    throw error
  } finally {
    written.fill(0)
  }
}

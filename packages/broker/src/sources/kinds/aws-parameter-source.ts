import { z } from 'zod'
import { askAws, awsOptions } from '../ask-aws.ts'
import { placesOfCredential, variablesOfCredential } from '../credential.ts'
import { pickField, pickJsonField } from '../pick-field.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromText } from '../value-from-bytes.ts'

/** A parameter of AWS Systems Manager, decrypted; or one field of its JSON. */
export const awsParameterSource = defineSourceKind({
  kind: 'aws-parameter',
  options: z.strictObject({
    ...awsOptions,
    name: z.string().min(1).max(2048),
    field: z.string().min(1).max(256).exactOptional(),
  }),
  variablesOf: ({ credentials }) => variablesOfCredential(credentials),
  placesOf: ({ credentials }) => placesOfCredential(credentials),
  open({ name, field, ...options }, parts) {
    const ask = askAws(options, parts)
    const input = { Name: name, WithDecryption: true }
    return {
      kind: 'aws-parameter',
      mayChange: true,
      async read(signal) {
        const answer = await ask({ service: 'ssm', target: 'AmazonSSM.GetParameter', input }, signal)
        return { value: valueFromText(pickJsonField(pickField(answer['Parameter'], 'Value'), field)) }
      },
    }
  },
})

import { z } from 'zod'
import { askAws, awsOptions } from '../ask-aws.ts'
import { placesOfCredential, variablesOfCredential } from '../credential.ts'
import { pickField, pickJsonField } from '../pick-field.ts'
import { defineSourceKind } from '../source-kind.ts'
import { valueFromBytes, valueFromText } from '../value-from-bytes.ts'

/** A secret of AWS Secrets Manager: its text, one field of its JSON, or its bytes. */
export const awsSecretSource = defineSourceKind({
  kind: 'aws-secret',
  options: z.strictObject({
    ...awsOptions,
    secretId: z.string().min(1).max(2048),
    versionStage: z.string().min(1).max(256).exactOptional(),
    field: z.string().min(1).max(256).exactOptional(),
  }),
  variablesOf: ({ credentials }) => variablesOfCredential(credentials),
  placesOf: ({ credentials }) => placesOfCredential(credentials),
  open({ secretId, versionStage, field, ...options }, parts) {
    const ask = askAws(options, parts)
    const input = { SecretId: secretId, ...(versionStage !== undefined && { VersionStage: versionStage }) }
    return {
      kind: 'aws-secret',
      mayChange: true,
      async read(signal) {
        const question = { service: 'secretsmanager', target: 'secretsmanager.GetSecretValue', input }
        const answer = await ask(question, signal)
        const isBinary = typeof answer['SecretBinary'] === 'string'
        if (isBinary) return { value: valueFromBytes(Buffer.from(pickField(answer, 'SecretBinary'), 'base64')) }
        return { value: valueFromText(pickJsonField(pickField(answer, 'SecretString'), field)) }
      },
    }
  },
})

import { signAwsRequest } from '../../foundation/sign-aws-request.ts'
import { defineInjector } from '../define-injector.ts'
import type { Derivation } from '../derivation.ts'
import { ecrUser, readRegistryPassword } from '../minting/read-registry-password.ts'
import { awsRegionOption } from '../option-forms.ts'
import { parseSigningKeys } from '../signing/signing-keys.ts'
import { parseTokenUrl } from '../token-endpoint.ts'
import { basic } from './basic.ts'

const operation = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken'

/**
 * `Authorization: Basic` at a registry of Amazon ECR, with the password that the service gives for the stored pair of keys
 * (`GetAuthorizationToken`), good for twelve hours. The client writes the user `AWS` and the placeholder.
 */
export const awsEcr = defineInjector({
  kind: 'aws-ecr',
  surfaces: ['header'],
  options: { region: awsRegionOption },
  prepare({ region }) {
    const url = `https://api.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`
    const derivation: Derivation = {
      key: JSON.stringify(['aws-ecr', url]),
      endpoint: parseTokenUrl(url),
      takes: null,
      isMachineIdentity: false,
      read: readRegistryPassword,
      ask(secret, now) {
        const { accessKeyId, secretAccessKey, sessionToken } = parseSigningKeys(secret)
        const body = '{}'
        const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation }
        const keys = { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined }
        const request = { method: 'POST', url: new URL(url), headers, body } as const
        return { method: 'POST', body, fields: signAwsRequest(request, keys, { region, service: 'ecr', at: now }) }
      },
      renew: () => undefined,
    }
    return {
      ...basic.prepare({ kind: 'basic', username: ecrUser }),
      derivation,
      // What is stored never goes to the registry itself: it has to be good for asking.
      check: (secret) => void derivation.ask(secret, new Date(0)),
    }
  },
})

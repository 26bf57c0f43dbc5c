import { CoatcheckError } from '@coatcheck/contract'
import { isObject, parseJsonObject } from '../../foundation/parse-json-object.ts'
import { signAwsRequest } from '../../foundation/sign-aws-request.ts'
import { defineInjector } from '../define-injector.ts'
import type { Derivation } from '../derivation.ts'
import { readSessionKeys } from '../minting/read-session-keys.ts'
import { awsRegionOption, secondsOption } from '../option-forms.ts'
import { parseSigningKeys } from '../signing/signing-keys.ts'
import { parseTokenUrl } from '../token-endpoint.ts'
import { sigv4, sigv4Options } from './sigv4.ts'

const role = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/
const policyArn = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/

/** As long as a chain of roles may last. */
const usualSeconds = '3600'
/** Longest names of a session, and of a federated user. */
const maxSessionName = 64
const maxUserName = 32

/**
 * Signature Version 4 with keys for a session, which STS gives for the stored pair: for a role, or, without one, for its user with less.
 * Each grant has its own, and `policy` and `policyArns` narrow what they are good for. The client signs with the placeholder.
 */
export const awsSession = defineInjector({
  kind: 'aws-session',
  surfaces: ['header', 'query'],
  options: {
    region: awsRegionOption,
    role: { type: 'text', required: false, allowed: 'the ARN of a role', accepts: (text) => role.test(text) },
    externalId: {
      type: 'text',
      required: false,
      allowed: '2 to 1,024 letters, digits and +=,.@:/-',
      accepts: (text) => /^[\w+=,.@:/-]{2,1024}$/.test(text),
    },
    policy: {
      type: 'text',
      required: false,
      allowed: 'a policy of IAM as JSON, with a Statement',
      accepts: (text) => isPolicy(text),
    },
    policyArns: {
      type: 'list',
      required: false,
      allowed: 'up to ten ARNs of policies',
      accepts: (text) => policyArn.test(text),
    },
    seconds: secondsOption(900, 43_200),
    ...sigv4Options,
  },
  prepare({ region, role: arn, externalId, policy, policyArns, seconds = usualSeconds, services, regions }) {
    if (policy === undefined && policyArns === undefined) throw invalid('one of `policy` and `policyArns` is needed')
    if ((policyArns?.length ?? 0) > 10) throw invalid('ten `policyArns` at most')
    if (arn === undefined && externalId !== undefined) throw invalid('an `externalId` goes with a `role`')
    const url = `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`
    const asked = {
      Action: arn === undefined ? 'GetFederationToken' : 'AssumeRole',
      Version: '2011-06-15',
      DurationSeconds: seconds,
      ...(arn !== undefined && { RoleArn: arn }),
      ...(externalId !== undefined && { ExternalId: externalId }),
      ...(policy !== undefined && { Policy: policy }),
      ...Object.fromEntries((policyArns ?? []).map((each, index) => [`PolicyArns.member.${index + 1}.arn`, each])),
    }
    const derivation: Derivation = {
      key: JSON.stringify(['aws-session', url, asked]),
      endpoint: parseTokenUrl(url),
      takes: null,
      isMachineIdentity: false,
      ask(secret, now, holder = '') {
        const { accessKeyId, secretAccessKey, sessionToken } = parseSigningKeys(secret)
        if (sessionToken !== null && arn === undefined) {
          throw new CoatcheckError('secret_unusable', { reason: 'without a `role`, it must be a pair that lasts' })
        }
        // Whoever reads the records of the account finds the grant by it.
        const name = `coatcheck-${holder}`
        const named =
          arn === undefined ? { Name: name.slice(0, maxUserName) } : { RoleSessionName: name.slice(0, maxSessionName) }
        const form = { ...asked, ...named }
        const body = new URLSearchParams(form).toString()
        const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
        const keys = { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? undefined }
        const request = { method: 'POST', url: new URL(url), headers, body } as const
        const signed = signAwsRequest(request, keys, { region, service: 'sts', at: now })
        return { method: 'POST', body, fields: { ...signed, Accept: 'text/xml' } }
      },
      minting: { read: readSessionKeys },
      renew: () => undefined,
    }
    return {
      ...sigv4.prepare({ kind: 'sigv4', services, regions }),
      derivation,
      // What is stored signs nothing but the question: it has to be good for asking.
      check: (secret) => void derivation.ask(secret, new Date(0)),
    }
  },
})

function isPolicy(text: string): boolean {
  const policy = parseJsonObject(Buffer.from(text))
  const statement = policy?.['Statement']
  return Array.isArray(statement) ? statement.length > 0 && statement.every(isObject) : isObject(statement)
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('scope_invalid', { injector: 'aws-session', reason })
}

import { createHash, createSecretKey } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { z } from 'zod'
import { type ApprovalSettings, usualApprovalSettings } from '../approvals/approval-settings.ts'
import type { Webhook } from '../approvals/webhook-channel.ts'
import { readRoots } from '../upstream/read-roots.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { dialControl } from './dial-control.ts'
import { readSettingFile } from './read-setting-file.ts'

/** What the operator said of approvals. */
export interface ConfiguredApprovals {
  readonly settings: ApprovalSettings
  readonly webhooks: readonly Webhook[]
  /** For the audit journal; empty where there is nothing. */
  readonly summary: string
}

const minKeyBytes = 32

const absolutePath = z.string().max(4096).startsWith('/', 'must be an absolute path')
const webhook = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    .refine((text) => text !== 'operator', 'is taken'),
  url: z.url({ protocol: /^https?$/ }).max(2048),
  keyFile: absolutePath,
  form: z.enum(['json', 'slack']).default('json'),
  callbackUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .exactOptional(),
  rootsFile: absolutePath.exactOptional(),
})
const file = z.strictObject({
  holdSeconds: z.int().min(0).max(300).exactOptional(),
  expirySeconds: z.int().min(10).max(86_400).exactOptional(),
  webhooks: z.array(webhook).max(16).default([]),
})

const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/

/**
 * What the file of approvals says, whose text this is.
 * @param path how it is named in refusals
 * @throws CoatcheckError `settings_invalid`
 */
export function readApprovals(text: string, path: string, upstream: Upstream): ConfiguredApprovals {
  const refuse = (reason: string) => new CoatcheckError('settings_invalid', { path, reason })
  const { webhooks: described, ...given } = parse(text, refuse)
  const names = described.map(({ name }) => name)
  if (new Set(names).size < names.length) throw refuse('two webhooks have one name')
  const webhooks = described.map(({ url: written, keyFile, rootsFile, ...rest }): Webhook => {
    const url = new URL(written)
    const isOpen = url.protocol === 'http:' && !loopback.test(url.hostname)
    if (isOpen) throw refuse(`${rest.name}: url is not https`)
    if (url.username !== '' || url.password !== '') throw refuse(`${rest.name}: url has a user or a password`)
    const key = Buffer.from(readSettingFile(`key of webhook ${rest.name}`, keyFile, { secret: true }))
    if (key.length < minKeyBytes) throw refuse(`${rest.name}: its key is shorter than ${minKeyBytes} bytes`)
    const roots =
      rootsFile === undefined ? undefined : readRoots(readSettingFile('roots', rootsFile), 'settings_invalid')
    return { ...rest, url, key: createSecretKey(key), dial: dialControl(upstream, roots) }
  })
  const summary = `approvals sha256:${createHash('sha256').update(text).digest('hex')}`
  return { settings: { ...usualApprovalSettings, ...given }, webhooks, summary }
}

function parse(text: string, refuse: (reason: string) => Error): z.infer<typeof file> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('it is not JSON')
  }
  const read = file.safeParse(value)
  if (read.success) return read.data
  // SECURITY: names of fields alone; somebody may have put a key where it does not belong.
  throw refuse(
    `it is wrong in ${[...new Set(read.error.issues.map(({ path: at }) => at.join('.') || 'its fields'))].join(', ')}`,
  )
}

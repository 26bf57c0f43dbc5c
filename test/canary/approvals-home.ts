import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Caller } from '../acceptance/caller.ts'

/** Where the broker reads what its owner says of approvals, and the key of a webhook; both hold a value, and belong there. */
export function approvalFiles(home: string): readonly [settings: string, key: string] {
  return [join(home, 'keys', 'approvals.json'), join(home, 'keys', 'webhook')]
}

/**
 * Says in a home, before its broker starts, that approvals are told to two webhooks, and that no request is held for them.
 * @param url of the one; it has the key in it, as chats do. The other is at the same place below `/broken`.
 */
export function describeApprovals({ home, uid }: Caller, origin: string, key: string): void {
  const [settings, keyFile] = approvalFiles(home)
  const form = { keyFile, callbackUrl: 'http://broker.service.test' }
  const webhooks = [
    { name: 'ops', url: `${origin}/hook/${key}`, ...form },
    { name: 'chat', url: `${origin}/broken/${key}?token=${key}`, form: 'slack', ...form },
  ]
  mkdirSync(join(home, 'keys'), { mode: 0o700 })
  writeFileSync(settings, JSON.stringify({ holdSeconds: 0, webhooks }), { mode: 0o600 })
  writeFileSync(keyFile, key, { mode: 0o600 })
  if (process.getuid?.() === 0) for (const path of [join(home, 'keys'), settings, keyFile]) chownSync(path, uid, uid)
}

import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Row } from './authority-table.ts'
import { RowFields } from './row-fields.ts'

/** A sandbox as a row of `sandboxes`. */
export function sandboxRow(sandbox: Sandbox): Row {
  return {
    id: sandbox.id,
    project: sandbox.project,
    name: sandbox.name,
    profile: sandbox.profile,
    profile_network: JSON.stringify(sandbox.fromProfile),
    fence: sandbox.fence,
    created_by: sandbox.createdBy,
    holder: sandbox.holder,
    token_hash: sandbox.tokenHash,
    allow: JSON.stringify(sandbox.allow),
    deny: JSON.stringify(sandbox.deny),
    origins: JSON.stringify(sandbox.from),
    bound_to: sandbox.boundTo,
    authority_sealed: sandbox.authoritySealed,
    ca_names: JSON.stringify(sandbox.caNames),
    labels: JSON.stringify(sandbox.labels),
    created_at: sandbox.createdAt,
    expires_at: sandbox.expiresAt,
    ends_by: sandbox.endsBy,
    ended_at: sandbox.endedAt,
  }
}

/** @throws CoatcheckError `row_tampered` */
export function readSandboxRow(row: Row): Sandbox {
  const fields = new RowFields(row)
  return {
    id: fields.text('id'),
    project: fields.text('project'),
    name: fields.text('name'),
    profile: fields.text('profile'),
    fromProfile: fields.json('profile_network'),
    fence: fields.text('fence') === 'kernel' ? 'kernel' : 'none',
    createdBy: fields.text('created_by'),
    holder: fields.text('holder'),
    tokenHash: fields.text('token_hash'),
    allow: fields.json('allow'),
    deny: fields.json('deny'),
    from: fields.json('origins'),
    boundTo: fields.optionalText('bound_to'),
    authoritySealed: fields.optionalText('authority_sealed'),
    caNames: fields.json('ca_names'),
    labels: fields.json('labels'),
    createdAt: fields.text('created_at'),
    expiresAt: fields.text('expires_at'),
    endsBy: fields.optionalText('ends_by'),
    endedAt: fields.optionalText('ended_at'),
  }
}

/** A grant as a row of `grants`. */
export function grantRow(grant: Grant): Row {
  return {
    id: grant.id,
    project: grant.project,
    sandbox_id: grant.sandboxId,
    env: grant.env,
    secret_id: grant.secretId,
    ephemeral: Number(grant.ephemeral),
    placeholder_index: grant.placeholderIndex,
    placeholder_sealed: grant.placeholderSealed,
    created_at: grant.createdAt,
    expires_at: grant.expiresAt,
    own_expires_at: grant.ownExpiresAt,
    rules: grant.rules === undefined ? null : JSON.stringify(grant.rules),
    port: grant.port ?? null,
    ended_at: grant.endedAt,
  }
}

/** @throws CoatcheckError `row_tampered` */
export function readGrantRow(row: Row): Grant {
  const fields = new RowFields(row)
  return {
    id: fields.text('id'),
    project: fields.text('project'),
    sandboxId: fields.text('sandbox_id'),
    env: fields.text('env'),
    secretId: fields.text('secret_id'),
    ephemeral: fields.flag('ephemeral'),
    placeholderIndex: fields.text('placeholder_index'),
    placeholderSealed: fields.text('placeholder_sealed'),
    createdAt: fields.text('created_at'),
    expiresAt: fields.optionalText('expires_at'),
    ownExpiresAt: fields.optionalText('own_expires_at'),
    ...(fields.optionalText('rules') !== null && { rules: fields.json('rules') }),
    ...(fields.optionalInteger('port') !== null && { port: fields.integer('port') }),
    endedAt: fields.optionalText('ended_at'),
  }
}

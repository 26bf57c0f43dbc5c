import { CoatcheckError } from '@coatcheck/contract'
import { actAs } from '../audit/acting.ts'
import { applyConfig } from './apply-config.ts'
import { configDefinition } from './config-schema.ts'
import { parseInput } from './parse-input.ts'
import type { AdminServices } from './services.ts'
import type { StartMember } from './start-config.ts'

/**
 * Makes the project what the file says that a broker is started with, as its owner.
 * @throws CoatcheckError `settings_invalid` with the line of a member that has another form, `vault_locked`, and as `applyConfig` does
 */
export async function applyStartConfig(services: AdminServices, members: readonly StartMember[]): Promise<void> {
  if (services.vault.state === 'locked') {
    const reason = 'the configuration declares secrets, rules, caps or profiles, and the vault is locked'
    throw new CoatcheckError('vault_locked', { reason, hint: 'Start the broker with --passphrase-file.' })
  }
  for (const member of members) demandForm(member)
  const config = parseInput(configDefinition, Object.fromEntries(members.map(({ name, value }) => [name, value])))
  await actAs('owner', () => applyConfig(services, config, false))
  await services.settled?.()
}

function demandForm({ line, name, value }: StartMember): void {
  try {
    parseInput(configDefinition, { [name]: value })
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
    const reason = error.code === 'source_forbidden' ? 'a source is named there, not described' : error.facts['reason']
    const facts = { setting: 'config', reason: `line ${line}: ${String(reason)}` }
    throw new CoatcheckError('settings_invalid', facts, { cause: error })
  }
}

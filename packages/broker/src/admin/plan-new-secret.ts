import { CoatcheckError, type ConfigSecret } from '@coatcheck/contract'
import { assessStrength } from '../vault/secret-strength.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { PlannedSecret } from './plan-secret.ts'
import { prepareSecret } from './prepare-secret.ts'
import type { AdminServices } from './services.ts'
import { storeSecret } from './store-secret.ts'

/**
 * A secret of a configuration that there is not yet. Its value is fetched when the step is made ready, and never by a dry run.
 * @throws CoatcheckError as `POST /v1/secrets` does; `secret_not_found` without a source, `entry` counts from 1
 */
export function planNewSecret(
  services: AdminServices,
  name: string,
  { rules, ...declared }: ConfigSecret,
  entry: number,
): PlannedSecret {
  const { project, sources } = services
  const { sourceName } = declared
  // SECURITY: the name is not repeated; somebody may have put a value in its place.
  if (sourceName === undefined) throw new CoatcheckError('secret_not_found', { field: 'secrets', entry })
  const input = { ...declared, name, ...(rules && { rules }) }
  const plan = prepareSecret(services, input)
  const { scopes } = plan.prepared
  // SECURITY: SEC-06. A caller chooses among the sources that the operator configured, within what each allows.
  sources.demandCover(project, sourceName, scopes)
  let value: SecretValue | undefined
  return {
    scopes,
    steps: [
      {
        entry: { kind: 'secret', name },
        is: 'created',
        phase: 'create',
        async ready(values) {
          value = values.use(await sources.fetchFor(project, sourceName, scopes))
          plan.prepared.check(value)
          assessStrength(scopes, value.length, declared.weak ?? false)
        },
        async apply() {
          if (value === undefined) throw new CoatcheckError('source_unavailable', { source: sourceName })
          await storeSecret(services, input, plan, value)
        },
      },
    ],
  }
}

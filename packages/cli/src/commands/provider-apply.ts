import { Command } from 'commander'
import { providerLines } from '../provider-lines.ts'
import { readProviderFile } from '../read-provider-file.ts'
import type { Session } from '../session.ts'

const examples = `
A file of this form is enough:
  id: acme
  variables: [ACME_API_KEY]
  hosts:
    - host: api.acme.example
      injectors:
        - { kind: header, name: X-Api-Key }

Examples:
  $ coatcheck provider apply acme.yaml
  $ coatcheck secret create acme --provider acme`

/** `coatcheck provider apply` */
export function providerApplyCommand(session: Session): Command {
  return new Command('apply')
    .description('describe a provider of your own, or replace its description')
    .argument('<file>', 'YAML or JSON; - is standard input')
    .addHelpText('after', examples)
    .action(async (file: string, _options, self: Command) => {
      const definition = await readProviderFile(file, session.surroundings.stdin)
      await session.withBroker(self, async ({ client, output }) => {
        const provider = await client.providers.apply(definition)
        output.show(provider, () => providerLines(provider))
      })
    })
}

import { resolve } from 'node:path'
import { CoatcheckError, type ConnectRecipe, type ConnectTarget, type SandboxConnection } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command, Option } from 'commander'
import { RecipeFolder } from '../connect/recipe-folder.ts'
import { recipeLines } from '../connect/recipe-lines.ts'
import { explainingSecrets } from '../run/unknown-secret.ts'
import { addSandboxOptions, type SandboxOptions, sandboxInput } from '../sandbox-options.ts'
import type { Session } from '../session.ts'

const examples = `
Writes what the sandbox needs there into a folder: variables with its placeholders and its token, certificates, and files of
the platform. Without an id it registers a sandbox first. The broker must be serving with --proxy.

The token of a sandbox is shown once. To connect one that exists, --new-token gives it another; the one before is dead then,
and what is open ends.

Examples:
  $ coatcheck sandbox connect --for docker --secret OPENAI_API_KEY=openai --lifetime 1h
  $ coatcheck sandbox connect --for shell --out agent --secret GITHUB_TOKEN=github --from 10.1.2.3
  $ coatcheck sandbox connect sbx_7q2m --for e2b --new-token`

const targets: readonly ConnectTarget[] = ['docker', 'compose', 'kubernetes', 'e2b', 'modal', 'fly', 'shell']

interface ConnectOptions extends SandboxOptions {
  readonly for: ConnectTarget
  readonly out?: string
  readonly force?: boolean
  readonly newToken?: boolean
}

/** A sandbox, and how it is joined with its token. */
interface Connected {
  readonly id: string
  readonly expiresAt: string
  readonly connect: SandboxConnection
}

/** `coatcheck sandbox connect` */
export function sandboxConnectCommand(session: Session): Command {
  const command = new Command('connect')
    .description('connect a sandbox that runs elsewhere: its files, and what to run there')
    .argument('[id]', 'one that exists; a new one is registered when absent')
    .addOption(new Option('--for <platform>', 'where it runs').choices(targets).makeOptionMandatory())
    .option('--out <dir>', 'folder for the files: coatcheck-ID when absent')
    .option('-f, --force', 'replace files that are in the folder')
    .option('--new-token', 'give a sandbox that exists another token; the one before is dead')
  return addSandboxOptions(command)
    .addHelpText('after', examples)
    .action((id: string | undefined, options: ConnectOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        refuseMixture(id, options)
        const { cwd } = session.surroundings
        const folderNamed = (name: string) => new RecipeFolder(resolve(cwd, name), options.force === true)
        // A folder that was named is looked at before anything is made; another has the name of the sandbox.
        const named = options.out === undefined ? undefined : folderNamed(options.out)
        try {
          const connected = id === undefined ? await register(client, options) : await rejoin(client, id, options.for)
          const recipe = recipeOf(connected.connect)
          const folder = named ?? folderNamed(`coatcheck-${connected.id}`)
          const files = folder.write(recipe)
          const told = { sandbox: connected.id, expiresAt: connected.expiresAt, folder: folder.path, recipe }
          output.show({ ...told, files }, () => recipeLines(told))
        } catch (error) {
          named?.discard()
          throw error
        }
      }),
    )
}

/** @throws CoatcheckError `request_invalid` */
function refuseMixture(
  id: string | undefined,
  { newToken, for: _, out: __, force: ___, ...rest }: ConnectOptions,
): void {
  const invalid = (reason: string) => new CoatcheckError('request_invalid', { reason })
  if (id === undefined && newToken === true) throw invalid('--new-token is for a sandbox that exists: name it')
  if (id === undefined) return
  if (newToken !== true) {
    throw invalid(
      'its token was shown once: add --new-token for another; the one before is dead then, and what is open ends',
    )
  }
  const [further] = Object.keys(rest)
  if (further !== undefined) throw invalid(`--${further} is for a new sandbox; this one exists`)
}

async function register(client: CoatcheckClient, options: ConnectOptions): Promise<Connected> {
  const input = { ...sandboxInput(options), target: options.for }
  return explainingSecrets(client, options.secret ?? {}, () => client.sandboxes.create(input))
}

async function rejoin(client: CoatcheckClient, id: string, target: ConnectTarget): Promise<Connected> {
  const { expiresAt } = await client.sandboxes.get(id)
  const { connect } = await client.sandboxes.reissueToken(id, target)
  return { id, expiresAt, connect }
}

function recipeOf({ recipe }: SandboxConnection): ConnectRecipe {
  if (recipe === undefined) throw new CoatcheckError('proxy_closed')
  return recipe
}

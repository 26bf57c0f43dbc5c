import { resolve } from 'node:path'
import { CoatcheckError, type ConnectTarget, type CreatedSandbox, connectTargets } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command, Option } from 'commander'
import { RecipeFolder } from '../connect/recipe-folder.ts'
import { type ConnectedSandbox, recipeLines } from '../connect/recipe-lines.ts'
import { explainingSecrets } from '../run/unknown-secret.ts'
import { addSandboxOptions, type SandboxOptions, sandboxInput } from '../sandbox-options.ts'
import type { Session, Work } from '../session.ts'

const examples = `
Writes what the sandbox needs there into a folder: variables with its placeholders and its token, certificates, and files of
the platform. Without an id it registers a sandbox first. The broker must be serving with --proxy.

The token of a sandbox is shown once. To connect one that exists, --new-token gives it another; the one before is dead then,
and what is open ends.

Examples:
  $ coatcheck sandbox connect --for docker --secret OPENAI_API_KEY=openai --lifetime 1h
  $ coatcheck sandbox connect --for shell --out agent --secret GITHUB_TOKEN=github --from 10.1.2.3
  $ coatcheck sandbox connect sbx_7q2m --for e2b --new-token`

interface ConnectOptions extends SandboxOptions {
  readonly for: ConnectTarget
  readonly out?: string
  readonly force?: boolean
  readonly newToken?: boolean
}

/** `coatcheck sandbox connect` */
export function sandboxConnectCommand(session: Session): Command {
  const command = new Command('connect')
    .description('connect a sandbox that runs elsewhere: its files, and what to run there')
    .argument('[id]', 'one that exists; a new one is registered when absent')
    .addOption(new Option('--for <platform>', 'where it runs').choices(connectTargets).makeOptionMandatory())
    .option('--out <dir>', 'folder for the files: coatcheck-ID when absent')
    .option('-f, --force', 'replace files that are in the folder')
    .option('--new-token', 'give a sandbox that exists another token; the one before is dead')
  return addSandboxOptions(command)
    .addHelpText('after', examples)
    .action(async (id: string | undefined, options: ConnectOptions, self: Command) => {
      refuseMixture(id, options)
      const act = async ({ client, output }: Work) => {
        const told = await connect(client, id, options, session.surroundings.cwd)
        output.show(told, () => recipeLines(told))
      }
      await session.withServingBroker(self, act, () => new CoatcheckError('proxy_closed'))
    })
}

/** @throws CoatcheckError `request_invalid` */
function refuseMixture(id: string | undefined, options: ConnectOptions): void {
  const { newToken, for: _target, out: _out, force: _force, ...describing } = options
  const invalid = (reason: string) => new CoatcheckError('request_invalid', { reason })
  if (id === undefined && newToken === true) throw invalid('--new-token is for a sandbox that exists: name it')
  if (id === undefined) return
  if (newToken !== true)
    throw invalid('its token was shown once; --new-token gives it another, and ends what is open with the one before')
  const [further] = Object.keys(describing)
  if (further !== undefined) throw invalid(`--${further} is for a new sandbox; this one exists`)
}

async function connect(
  client: CoatcheckClient,
  id: string | undefined,
  options: ConnectOptions,
  cwd: string,
): Promise<ConnectedSandbox> {
  const open = (name: string) => new RecipeFolder(resolve(cwd, name), options.force === true)
  // A folder that cannot be used is found before anything is made; that of a new sandbox may have its name.
  const name = options.out ?? (id === undefined ? undefined : `coatcheck-${id}`)
  const known = name === undefined ? undefined : open(name)
  try {
    if (id !== undefined) {
      const { expiresAt } = await client.sandboxes.get(id)
      const { connect: joined } = await client.sandboxes.reissueToken(id, options.for)
      return save({ id, expiresAt, connect: joined }, known ?? open(`coatcheck-${id}`))
    }
    const input = { ...sandboxInput(options), target: options.for }
    const created = await explainingSecrets(client, options.secret ?? {}, () => client.sandboxes.create(input))
    try {
      return save(created, known ?? open(`coatcheck-${created.id}`))
    } catch (error) {
      // Nobody would ever learn its token.
      await client.sandboxes.end(created.id)
      throw error
    }
  } catch (error) {
    known?.discard()
    throw error
  }
}

function save(
  { id, expiresAt, connect: { recipe } }: Pick<CreatedSandbox, 'id' | 'expiresAt' | 'connect'>,
  folder: RecipeFolder,
): ConnectedSandbox {
  if (recipe === undefined) throw new CoatcheckError('proxy_closed')
  const { target, start, teardown, fence, warnings } = recipe
  // SECURITY: the token stands in the files alone, which nobody else may read.
  const files = folder.write(recipe)
  return { sandbox: id, expiresAt, target, folder: folder.path, files, start, teardown, fence, warnings }
}

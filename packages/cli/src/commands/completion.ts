import { Argument, Command } from 'commander'
import type { Session } from '../session.ts'

const shells = ['bash', 'zsh', 'fish', 'powershell']

const examples = `
bash needs the package bash-completion.

Examples:
  $ source <(coatcheck completion bash)                                     for this shell
  $ coatcheck completion bash > ~/.local/share/bash-completion/completions/coatcheck
  $ coatcheck completion zsh > ~/.zfunc/_coatcheck
  $ coatcheck completion fish > ~/.config/fish/completions/coatcheck.fish`

/** `coatcheck completion`: what a shell needs to complete this command. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('print a script that lets your shell complete this command')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText('after', examples)
    .action(async (shell: string) => {
      const { script } = await import('@bomb.sh/tab')
      script(shell, 'coatcheck', 'coatcheck')
    })
}

/** `coatcheck complete -- WORDS`: what the scripts of `completion` ask at each press of the Tab key. */
export function completeCommand(session: Session, program: Command): Command {
  return new Command('complete').argument('[words...]').action(async (words: string[], _options, self: Command) => {
    const [{ completionTree }, { knownNames }, { providers }] = await Promise.all([
      import('../completion/completion-tree.ts'),
      import('../completion/known-names.ts'),
      import('@coatcheck/catalog'),
    ])
    const names = await knownNames(
      session.home(self),
      providers.map(({ id }) => id),
    )
    completionTree(program, names).parse(words)
  })
}

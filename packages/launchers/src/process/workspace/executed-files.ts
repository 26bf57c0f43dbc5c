/** Something that a program of the host runs, or obeys, without being asked to. */
export interface ExecutedFile {
  /** Path relative to the root of a mount. */
  readonly path: string
  readonly kind: 'file' | 'directory'
  /** Content of the empty stand-in that keeps an absent file absent: a document that changes nothing. */
  readonly neutral: string
}

/**
 * Read-only in every writable mount, even when absent: version managers, editors, package managers, hooks and other
 * agents pick these up on entering or opening a folder. (`.git` has rules of its own.) Build files are not here: a
 * person runs those, and they are what an agent is for.
 */
export const executedFiles: readonly ExecutedFile[] = [
  ...files('', '.envrc .tool-versions .mise.toml mise.toml'),
  ...directories('.vscode .idea .devcontainer .zed'),
  ...files('{}\n', '.devcontainer.json'),
  ...files('', '.npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .pnpmfile.mjs bunfig.toml .cargo/config.toml'),
  ...directories('.husky'),
  ...files('', '.pre-commit-config.yaml lefthook.yml lefthook.yaml .lefthook.yml .lefthook.yaml'),
  ...files('{}\n', '.claude/settings.json .claude/settings.local.json .mcp.json'),
  ...files('{}\n', '.cursor/mcp.json .cursor/hooks.json .gemini/settings.json opencode.json'),
  ...files('', '.codex/config.toml coatcheck.yaml coatcheck.yml'),
]

/** Read-only where present. Absent, they are obeyed too rarely to litter a workspace with stand-ins for them. */
export const executedWhenPresent: readonly string[] = `
  .mise .mise.local.toml mise.local.toml .direnv .autoenv .autoenv.zsh
  .fleet .vim .exrc .vimrc .nvimrc .nvim.lua .lvimrc .dir-locals.el .gdbinit .lldbinit
  .condarc .cargo/config .bazelrc .bundle/config .mvn .yarn/releases .yarn/plugins
  .githooks .lefthook lefthook-local.yml .overcommit.yml .lintstagedrc .lintstagedrc.json
  .claude/hooks .claude/commands .claude/agents .claude/skills .cursor/rules .opencode .opencode.json .aider.conf.yml
  .bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin .gitconfig
  .config/fish .config/autostart .config/systemd .config/git .config/environment.d .config/mise .local/bin
`
  .trim()
  .split(/\s+/)

function files(neutral: string, paths: string): ExecutedFile[] {
  return paths.split(' ').map((path) => ({ path, kind: 'file', neutral }))
}

function directories(paths: string): ExecutedFile[] {
  return paths.split(' ').map((path) => ({ path, kind: 'directory', neutral: '' }))
}

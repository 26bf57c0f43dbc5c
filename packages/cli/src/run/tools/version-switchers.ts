import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readStart } from './read-start.ts'

const longestSetting = 4_096

/** A program that stands in for several versions of others, and finds them below a folder of its own. */
interface VersionSwitcher {
  /** Variable that names the folder. */
  readonly variable: string
  /** Where it is when the variable is not set, relative to the home. */
  readonly folder: string
  /** A path of the host that shows that it is in use, relative to the home; the folder itself when absent. */
  readonly sign?: string
  /** What it needs in any case. */
  readonly parts: readonly string[]
  /** Versions in use, as paths below the folder. */
  chosen(root: string, place: VersionPlace): readonly string[]
}

/** What decides about the version in use. */
export interface VersionPlace {
  readonly cwd: string
  readonly user: Readonly<Record<string, string>>
}

const switchers: readonly VersionSwitcher[] = [
  {
    variable: 'PYENV_ROOT',
    folder: '.pyenv',
    parts: ['bin', 'completions', 'libexec', 'plugins', 'pyenv.d', 'shims', 'version'],
    chosen: (root, { cwd, user }) =>
      versions(user['PYENV_VERSION'], setting(join(cwd, '.python-version')), setting(join(root, 'version'))),
  },
  {
    variable: 'RBENV_ROOT',
    folder: '.rbenv',
    parts: ['bin', 'libexec', 'plugins', 'rbenv.d', 'shims', 'version'],
    chosen: (root, { cwd, user }) =>
      versions(user['RBENV_VERSION'], setting(join(cwd, '.ruby-version')), setting(join(root, 'version'))),
  },
  {
    variable: 'RUSTUP_HOME',
    folder: '.rustup',
    sign: '.cargo/bin/rustup',
    parts: ['settings.toml', 'update-hashes'],
    chosen: (root) =>
      names(/^default_toolchain\s*=\s*"([^"]+)"/m.exec(setting(join(root, 'settings.toml')) ?? '')?.[1]).map(
        (name) => `toolchains/${name}`,
      ),
  },
  { variable: 'VOLTA_HOME', folder: '.volta', parts: ['bin', 'tools'], chosen: () => [] },
]

/** What the version switchers of a person need, and the variables by which they find it in another home. */
export function versionSwitcherParts(
  home: string,
  place: VersionPlace,
): readonly { readonly variable: string; readonly root: string; readonly paths: readonly string[] }[] {
  return switchers.flatMap(({ variable, folder, sign = folder, parts, chosen }) => {
    const root = place.user[variable] ?? join(home, folder)
    if (!root.startsWith('/') || !existsSync(join(home, sign)) || !existsSync(root)) return []
    const paths = [...parts, ...chosen(root, place)].map((name) => join(root, name))
    return [{ variable, root, paths: paths.filter((path) => existsSync(path)) }]
  })
}

function setting(path: string): string | undefined {
  const text = readStart(path, longestSetting)
  return text === '' ? undefined : text
}

/** The first that says anything decides, as the switchers have it. */
function versions(...said: readonly (string | undefined)[]): readonly string[] {
  return names(said.find((text) => (text ?? '').trim() !== '')).map((name) => `versions/${name}`)
}

/** SECURITY: a file of the workspace may say the version; it names one, and leads nowhere else. */
function names(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s:]+/).filter((name) => /^\w[\w.+-]*$/.test(name))
}

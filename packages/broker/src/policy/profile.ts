import type { builtInProfileNames, ProfileView } from '@coatcheck/contract'

/** A bundle that a sandbox starts from. */
export type Profile = ProfileView

/** Allows nothing beside the destinations of secrets; what a sandbox starts from that names no profile. */
export const lockedProfile: Profile = builtIn('locked', 'Only the destinations of the secrets that are attached')

/** The profiles that are built in, the narrowest first. Each is network rules alone. */
export const builtInProfiles: readonly Profile[] = [
  lockedProfile,
  builtIn(
    'dev',
    'Package registries and code hosts beside the destinations of the secrets',
    '*.npmjs.org',
    'registry.yarnpkg.com',
    'pypi.org',
    'files.pythonhosted.org',
    'proxy.golang.org',
    'sum.golang.org',
    'index.crates.io',
    'static.crates.io',
    'crates.io',
    'rubygems.org',
    'index.rubygems.org',
    'repo.maven.apache.org',
    'repo1.maven.org',
    'deb.debian.org',
    'github.com',
    'api.github.com',
    'codeload.github.com',
    'raw.githubusercontent.com',
    'objects.githubusercontent.com',
    'gitlab.com',
    'bitbucket.org',
  ),
  builtIn('open', 'Every host on the public internet, on port 443', '*'),
]

/** The built-in profile of a name. */
export function findBuiltInProfile(name: string): Profile | undefined {
  return builtInProfiles.find((profile) => profile.name === name)
}

function builtIn(
  name: (typeof builtInProfileNames)[number],
  description: string,
  ...hosts: readonly string[]
): Profile {
  const network = { allow: hosts.map((to) => ({ to })), deny: [] }
  return { name, origin: 'built-in', description, network, secrets: {}, rules: {}, caps: [], ttlSeconds: null }
}

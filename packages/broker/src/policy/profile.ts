import { CoatcheckError, type NetworkRule, type ProfileView } from '@coatcheck/contract'

/** A bundle of network rules that a sandbox starts from. */
export type Profile = ProfileView

const https = (...hosts: string[]): readonly NetworkRule[] => hosts.map((to) => ({ to }))

/** The profiles that are built in, the narrowest first. */
export const profiles: readonly Profile[] = [
  { name: 'locked', description: 'Only the destinations of the secrets that are attached', allow: [] },
  {
    name: 'dev',
    description: 'Package registries and code hosts beside the destinations of the secrets',
    allow: https(
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
  },
  { name: 'open', description: 'Every host on the public internet, on port 443', allow: https('*') },
]

/** @throws CoatcheckError `profile_not_found` */
export function findProfile(name: string): Profile {
  const profile = profiles.find((candidate) => candidate.name === name)
  // SECURITY: the name is not repeated; somebody may have put a value in its place.
  if (profile === undefined) throw new CoatcheckError('profile_not_found')
  return profile
}

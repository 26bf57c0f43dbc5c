import type { NetworkRule } from './sandbox.ts'

/** A bundle of network rules that a sandbox starts from, as `/v1/profiles` shows it. */
export interface ProfileView {
  readonly name: string
  readonly description: string
  /** What a sandbox of this profile may reach beside the destinations of its secrets. */
  readonly allow: readonly NetworkRule[]
}

/** Platforms for which there are recipes. */
export const connectTargets = ['compose', 'docker', 'e2b', 'fly', 'kubernetes', 'modal', 'shell'] as const

/** Where a registered sandbox runs. */
export type ConnectTarget = (typeof connectTargets)[number]

/** A file that a registered sandbox or its platform needs. */
export interface RecipeFile {
  /** Path below the folder that the recipe is written to. */
  readonly path: string
  readonly content: string
  /** How bytes that are no text stand in `content`; absent for text. */
  readonly encoding?: 'base64'
  /** True when it holds the sandbox's token: it belongs to this one sandbox, and to nobody else. */
  readonly confidential: boolean
}

/** How a sandbox that runs elsewhere is connected to the broker. */
export interface ConnectRecipe {
  readonly target: ConnectTarget
  /** What keeps a program inside from going round the broker, in one sentence that a person can rely on. */
  readonly fence: string
  /** Every variable that the sandbox gets. */
  readonly env: Readonly<Record<string, string>>
  readonly files: readonly RecipeFile[]
  /** Commands or code that start it, for a person to read and run. */
  readonly start: string
  /** Commands or code that end the sandbox here when it ends there. */
  readonly teardown: string
  /** What the target cannot do, one sentence each. */
  readonly warnings: readonly string[]
}

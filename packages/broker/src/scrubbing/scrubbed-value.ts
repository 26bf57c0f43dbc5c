/** A value that must not come back, and what stands in its stead. */
export interface ScrubbedValue {
  readonly bytes: Uint8Array
  /** In printable ASCII. */
  readonly placeholder: string
}

/** How a replacement is as long as what it replaces: `exact` writes the whole placeholder, `fitted` cuts or fills it. */
export type Fit = 'exact' | 'fitted'

/** Stands where a placeholder is shorter than the value. */
const filler = '*'

/** A text of just this length. */
export function fitText(text: string, length: number): string {
  return text.slice(0, length).padEnd(length, filler)
}

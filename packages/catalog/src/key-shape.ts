/** Characters of the random part of a placeholder. */
export type PlaceholderAlphabet = 'alphanumeric' | 'hexadecimal'

/** How a placeholder is made: the lead, then random characters. */
export interface PlaceholderTemplate {
  /** Fixed characters; begins with the public prefix that clients look at. */
  readonly lead: string
  readonly alphabet: PlaceholderAlphabet
  /** Number of random characters. */
  readonly length: number
}

/** What a kind of key looks like, and what stands in for it. */
export interface KeyShape {
  /** Names the shape inside its provider; kept with secrets, so never renamed. */
  readonly label: string
  /** Public characters that every key of this shape begins with. */
  readonly prefix: string
  /** Anchored, and linear in the length of its input: it also runs over what agents send. */
  readonly pattern: RegExp
  readonly placeholder: PlaceholderTemplate
  /** Clients refuse whatever is not of the form of a live key, so that scanners for leaked keys take a placeholder for one. */
  readonly clientsDemandForm?: true
}

/** Stands in every placeholder whose alphabet has room for it, so that people and scanners know what they see. */
export const placeholderMarker = 'coatcheck'

/** Random characters after the marker: 142 bits of `alphanumeric`, and shorter than the body of any key it stands in for. */
const randomLength = 24

/**
 * The usual template for a key with a public prefix, e.g. `sk_test_` makes `sk_test_coatcheck_…`. The marker and its
 * separator break the run of letters and digits that scanners for leaked keys look for.
 */
export function markedPlaceholder(prefix: string): PlaceholderTemplate {
  const separator = prefix.endsWith('-') ? '-' : '_'
  return { lead: `${prefix}${placeholderMarker}${separator}`, alphabet: 'alphanumeric', length: randomLength }
}

/** A shape with a public prefix, and the usual placeholder for it unless one is given. */
export function prefixedShape(
  label: string,
  prefix: string,
  pattern: RegExp,
  placeholder: PlaceholderTemplate = markedPlaceholder(prefix),
): KeyShape {
  return { label, prefix, pattern, placeholder }
}

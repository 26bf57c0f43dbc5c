import { announcesCredential, argumentInside, maskedValue, settingInside } from './credential-settings.ts'
import { type JsonValue, jsonComments, jsonValues } from './json-values.ts'

/** A replacement of a part of a text. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * A JSON document of settings without the values that are or may be credentials, and without its comments when one of
 * them goes; nothing when it cannot be read for certain.
 */
export function sanitiseJson(document: string): string | undefined {
  const values = jsonValues(document)
  if (values === undefined) return undefined
  const edits = values.flatMap((value, index): Edit[] => {
    const inside = valueInside(value, values[index - 1])
    return inside === value.value ? [] : [{ start: value.start, end: value.end, text: JSON.stringify(inside) }]
  })
  const comments = jsonComments(document)
  // A setting that was commented out is one all the same.
  const telling = comments.some(({ start, end }) => argumentsIn(document.slice(start, end)))
  const gone = edits.length > 0 || telling ? comments.map(({ start, end }) => ({ start, end, text: '' })) : []
  return apply(document, [...edits, ...gone])
}

function valueInside({ path, value, isText }: JsonValue, before: JsonValue | undefined): string {
  const isArgument = /^args$|^command$|^arguments$/i.test(path.at(-2) ?? '')
  if (!isArgument) return isText || value.length > 6 ? settingInside(path, value) : value
  const isAnnounced = before?.path.at(-2) === path.at(-2) && announcesCredential(before?.value ?? '')
  if (isAnnounced && argumentInside(`key=${value}`) !== `key=${value}`) return maskedValue
  return argumentInside(value)
}

function argumentsIn(comment: string): boolean {
  const words = comment.split(/[\s",]+/)
  return words.some(
    (word, index) => argumentInside(word) !== word || announcesCredential(`--${words[index - 1] ?? ''}`),
  )
}

/** The document with every edit made; none of them meets another. */
function apply(document: string, edits: readonly Edit[]): string {
  let done = 0
  const parts = edits
    .toSorted((one, other) => one.start - other.start)
    .flatMap(({ start, end, text }) => {
      const before = document.slice(done, start)
      done = end
      return [before, text]
    })
  return parts.join('') + document.slice(done)
}

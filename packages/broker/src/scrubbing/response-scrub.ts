import { STATUS_CODES } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import { withoutDigests } from '../http/digest-fields.ts'
import type { HeaderField } from '../http/header-field.ts'
import { CodedWatch, type Watched } from './coded-watch.ts'
import { codingFor, codingNamed } from './content-coding.ts'
import { type ContentKind, contentKindOf, listedValue } from './content-kind.ts'
import { FramedScrub } from './framed-scrub.ts'
import type { Fit } from './scrubbed-value.ts'
import { demandReplaceable, type Found, type Scrubber } from './scrubber.ts'
import type { StreamScrub } from './stream-scrub.ts'

/** What becomes of a body that cannot be looked into. */
export type Uninspected = 'pass' | 'block'

/** The head of a response, without framing but for its `Content-Length`. */
export interface ScrubbedHead {
  readonly status: number
  readonly reason: string
  readonly fields: readonly HeaderField[]
  /** Whether it has a body, and whether its fields say how long that is. */
  readonly body: 'none' | 'sized' | 'unsized'
}

/** Is shown a response as it comes, and changes nothing of it. */
export interface ReplyWatch {
  begin(head: ScrubbedHead): void
  write(chunk: Buffer): void
}

/** Longest body that is held to be written anew, in bytes as it travels: one whose length is known, and any other. */
const maxHeldBytes = 256 * 1024
const maxHeldUnsizedBytes = 64 * 1024
/** Longest that a held body may become when it is decompressed. */
const maxPlainBytes = 8 * 1024 * 1024

const noBytes = Buffer.alloc(0)
const nothingFound: Found = { hits: 0, newKeys: 0 }

/** Puts placeholders where values come back in one response: in its head, body and trailers. */
export class ResponseScrub {
  /** How often a value was replaced. */
  hits = 0
  /** How often a key was replaced that nobody knew. */
  newKeys = 0
  /** The head to send; undefined while it waits for the body. */
  head: ScrubbedHead | undefined
  readonly #scrubber: Scrubber
  readonly #uninspected: Uninspected
  readonly #meter: ReplyWatch | undefined
  #sent!: ScrubbedHead
  #kind!: ContentKind
  #coding: string = 'none'
  #held: Buffer[] | undefined
  #heldBytes = 0
  #maxHeldBytes = 0
  #plain: StreamScrub | undefined
  #framed: FramedScrub | undefined
  #watch: CodedWatch | undefined
  #watching: Promise<unknown> | undefined
  #bodyFound = nothingFound

  /** @param meter shown what the service sent, before anything is replaced in it */
  constructor(scrubber: Scrubber, uninspected: Uninspected, meter?: ReplyWatch) {
    this.#scrubber = scrubber
    this.#uninspected = uninspected
    this.#meter = meter
  }

  /** The fields of an interim response, or of trailers. @throws CoatcheckError `secret_returned` | `new_key_returned` */
  fields(fields: readonly HeaderField[]): readonly HeaderField[] {
    const scrubbed = this.#scrubber.fields(fields)
    this.#count(scrubbed)
    return scrubbed.fields
  }

  /**
   * Takes the head as it came. @param declaredBytes of the body, or NaN
   * @param raw bytes that all texts of the head stand in, if there are any
   * @throws CoatcheckError `secret_returned` | `new_key_returned` | `response_uninspected`
   */
  begin(head: ScrubbedHead, declaredBytes: number, raw?: Buffer): void {
    this.#meter?.begin(head)
    // Mostly there is nothing, and one look says so.
    const isClean = raw !== undefined && this.#scrubber.isClean(raw)
    this.#sent = isClean ? head : { ...head, reason: this.#reasonOf(head), fields: this.fields(head.fields) }
    if (head.body === 'none' || declaredBytes === 0) {
      this.head = this.#sent
      return
    }
    this.#kind = contentKindOf(head.fields)
    const coding = codingNamed(listedValue(head.fields, 'content-encoding'))
    const isSized = head.body === 'sized'
    // SECURITY: of a part of a body, nobody knows what its ends belong to.
    if (coding === undefined || head.status === 206) this.#demandPass()
    this.#coding = coding ?? 'none'
    this.#maxHeldBytes = isSized ? maxHeldBytes : maxHeldUnsizedBytes
    const isShort = isSized ? declaredBytes <= maxHeldBytes : this.#coding !== 'none'
    const { isStream, isText, isFramed } = this.#kind
    if (coding !== undefined && isShort && !isStream && !isFramed && (isText || this.#coding !== 'none'))
      this.#held = []
    else this.#stream()
  }

  /** What can be sent on. Rejects as it throws. @throws CoatcheckError `secret_returned` | `new_key_returned` | `response_uninspected` */
  write(chunk: Buffer): Buffer | Promise<Buffer> {
    this.#meter?.write(chunk)
    if (this.#held === undefined) return this.#pass(chunk)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes <= this.#maxHeldBytes) return noBytes
    return this.#letGo(this.#held)
  }

  /** The rest of the body. Rejects as it throws. @throws CoatcheckError `secret_returned` | `new_key_returned` | `response_uninspected` */
  end(): Buffer | Promise<Buffer> {
    if (this.#held !== undefined) return this.#endHeld(this.#held)
    const watch = this.#watch
    if (watch !== undefined) return this.#await(() => watch.end())
    const rest = (this.#framed ?? this.#plain)?.flush() ?? noBytes
    this.#countBody()
    return rest
  }

  /** Lets go of what it holds. */
  close(): void {
    this.#watch?.close()
    this.#held = undefined
  }

  #reasonOf({ reason, status }: ScrubbedHead): string {
    // The usual words for a status are nobody’s value.
    if (reason === '' || reason === STATUS_CODES[status]) return reason
    const scrubbed = this.#scrubber.text(reason)
    this.#count(scrubbed)
    return scrubbed.text
  }

  #letGo(held: readonly Buffer[]): Buffer | Promise<Buffer> {
    this.#held = undefined
    this.#stream()
    return this.#pass(Buffer.concat(held))
  }

  /** From here on the body is sent as it comes, so the head goes first. */
  #stream(): void {
    const { fields, body } = this.#sent
    const { isText, isFramed } = this.#kind
    if (this.#coding !== 'none') {
      this.#plain = this.#scrubber.stream('fitted')
      this.#watch = new CodedWatch(this.#coding, this.#plain)
      this.head = this.#sent
      return
    }
    const fit: Fit = isText ? 'exact' : 'fitted'
    const keeps = fit === 'fitted' || this.#scrubber.keepsLength
    this.#plain = this.#scrubber.stream(keeps ? 'fitted' : 'exact')
    if (isFramed) this.#framed = new FramedScrub(this.#plain)
    // What is no text keeps its marks: a digest that does not fit any more then says the truth.
    const marked = isText ? withoutDigests(fields).map(weakened) : fields
    if (keeps) this.head = { ...this.#sent, fields: marked }
    else {
      const unsized = marked.filter(({ name }) => name.toLowerCase() !== 'content-length')
      this.head = { ...this.#sent, fields: unsized, body: body === 'none' ? 'none' : 'unsized' }
    }
  }

  #pass(chunk: Buffer): Buffer | Promise<Buffer> {
    const watch = this.#watch
    if (watch !== undefined) return this.#await(() => watch.write(chunk))
    const bytes = (this.#framed ?? this.#plain)?.write(chunk) ?? chunk
    if (this.#framed?.sawCompressed === true) this.#demandPass()
    this.#countBody()
    return bytes
  }

  #await(act: () => Promise<Watched>): Promise<Buffer> {
    const passed = (this.#watching ?? Promise.resolve()).then(act).then(({ bytes, isUnreadable }) => {
      // SECURITY: what is compressed already cannot be written anew: it ends before the value is whole.
      const { hits, newKeys } = this.#plain!
      if (hits > 0) throw new CoatcheckError('secret_returned')
      if (newKeys > 0) throw new CoatcheckError('new_key_returned')
      if (isUnreadable) this.#demandPass()
      return bytes
    })
    // One fault is told once, by whoever waits for it.
    this.#watching = passed.catch(() => {})
    return passed
  }

  #endHeld(held: readonly Buffer[]): Buffer | Promise<Buffer> {
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held)
    const coding = this.#coding === 'none' ? undefined : codingFor(this.#coding, bytes)
    let plain = bytes
    try {
      plain = coding?.decode(bytes, maxPlainBytes) ?? bytes
    } catch (error) {
      if (isTooLong(error)) {
        const passed = this.#letGo([bytes]) as Promise<Buffer>
        return Promise.all([passed, this.end()]).then((parts) => Buffer.concat(parts))
      }
      this.#demandPass()
      this.head = this.#sent
      return bytes
    }
    this.#held = undefined
    if (this.#scrubber.isClean(plain)) {
      this.head = this.#sent
      return bytes
    }
    const scrub = this.#scrubber.stream(this.#kind.isText ? 'exact' : 'fitted')
    this.#plain = scrub
    const parts = [scrub.write(plain), scrub.flush()]
    this.#countBody()
    if (scrub.hits + scrub.newKeys === 0) {
      this.head = this.#sent
      return bytes
    }
    const clean = Buffer.concat(parts)
    const changed = coding?.encode(clean) ?? clean
    const fields = withoutDigests(this.#sent.fields)
      .filter(({ name }) => name.toLowerCase() !== 'etag')
      .map((field) =>
        field.name.toLowerCase() === 'content-length' ? { ...field, value: `${changed.length}` } : field,
      )
    this.head = { ...this.#sent, fields }
    return changed
  }

  #countBody(): void {
    const plain = this.#plain
    if (plain === undefined) return
    const { hits, newKeys } = plain
    const before = this.#bodyFound
    if (hits === before.hits && newKeys === before.newKeys) return
    this.#bodyFound = { hits, newKeys }
    this.#count({ hits: hits - before.hits, newKeys: newKeys - before.newKeys })
  }

  #count(found: Found): void {
    this.hits += found.hits
    this.newKeys += found.newKeys
    demandReplaceable(this.#scrubber, found)
  }

  #demandPass(): void {
    if (this.#uninspected === 'block') throw new CoatcheckError('response_uninspected')
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

/** RFC 9110 §8.8.1: what a proxy may have changed has no strong mark. */
function weakened(field: HeaderField): HeaderField {
  const isStrong = field.name.length === 4 && field.name.toLowerCase() === 'etag' && field.value.startsWith('"')
  return isStrong ? { name: field.name, value: `W/${field.value}` } : field
}

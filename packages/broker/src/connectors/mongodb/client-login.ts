import { Binary, type Document } from 'bson'
import { scramAttributes } from '../scram/scram-keys.ts'
import { ScramServer } from '../scram/scram-server.ts'
import { mechanisms } from './hello-answer.ts'
import type { PlaceholderCheck } from './placeholder-check.ts'

/** The number of the only conversation of a connection. */
const conversationId = 1
/** Longest name of a user, in characters. */
const maxNameLength = 256

/** One login of a client, of which it may begin several; the last counts. */
export class ClientLogin {
  readonly #check: PlaceholderCheck
  #server: ScramServer | undefined
  #skipsEmptyExchange = false

  constructor(check: PlaceholderCheck) {
    this.#check = check
  }

  /** Whether a login was begun and not finished. */
  get isUnderWay(): boolean {
    return this.#server !== undefined
  }

  /** What the client is answered that begins; undefined where it begins in no way that is known. */
  async begin({ mechanism, payload, options, db, $db }: Document): Promise<Document | undefined> {
    this.#server = undefined
    const known = mechanisms.find((each) => each === mechanism)
    const text = textOf(payload)
    // Whose user it says it is makes no difference, but for logins that are no SCRAM at all.
    if (known === undefined || text === undefined || (db ?? $db) === '$external') return undefined
    const name = nameIn(text)
    if (name === undefined) return undefined
    const server = new ScramServer(await this.#check.verifier(known === 'SCRAM-SHA-1' ? 'sha1' : 'sha256', name))
    const first = server.first(text)
    if (first === undefined) return undefined
    this.#server = server
    this.#skipsEmptyExchange = (options as Document | undefined)?.['skipEmptyExchange'] === true
    return { conversationId, done: false, payload: new Binary(Buffer.from(first)) }
  }

  /** What proves the placeholder to the client, who has shown it; undefined where it has not. */
  prove({ payload }: Document): string | undefined {
    const text = textOf(payload)
    const final = text === undefined ? undefined : this.#server?.final(text)
    this.#server = undefined
    return final
  }

  /** The answer to a client whose login is done, but for an empty exchange that older ones wait for. */
  done(proof: string): { readonly document: Document; readonly isLast: boolean } {
    const isLast = this.#skipsEmptyExchange
    return { document: { conversationId, done: isLast, payload: new Binary(Buffer.from(proof)), ok: 1 }, isLast }
  }

  /** The answer to the empty exchange. */
  last(): Document {
    return { conversationId, done: true, payload: new Binary(Buffer.alloc(0)), ok: 1 }
  }
}

/** The text of a payload. @param payload of whatever kind a client sent */
export function textOf(payload: unknown): string | undefined {
  if (payload instanceof Binary) return Buffer.from(payload.value()).toString('utf8')
  return typeof payload === 'string' ? Buffer.from(payload, 'base64').toString('utf8') : undefined
}

function nameIn(clientFirst: string): string | undefined {
  const escaped = scramAttributes(clientFirst.replace(/^[^,]*,[^,]*,/, ''))?.get('n')
  if (escaped === undefined || escaped.length > maxNameLength) return undefined
  return escaped.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

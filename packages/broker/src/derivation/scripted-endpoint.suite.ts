import { Duplex } from 'node:stream'
import type { Destination } from '../foundation/destination.ts'
import type { DialOptions, Upstream } from '../upstream/upstream.ts'

/** A way to services on which every connection leads to a token endpoint that does as it is told. */
export class ScriptedEndpoint implements Upstream {
  /** Forms that were sent. */
  readonly questions: Readonly<Record<string, string>>[] = []
  readonly dialled: (readonly [Destination, DialOptions])[] = []
  /** Most questions that were open at one time. */
  most = 0
  /** Each token comes with another refresh token. */
  rotates = false
  isSilent = false
  /** What is said instead of a token. */
  answer: { readonly status: number; readonly body: string } | undefined
  #open = 0

  async dial(destination: Destination, options: DialOptions): Promise<Duplex> {
    this.dialled.push([destination, options])
    let heard = ''
    const connection = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => {
        heard += chunk.toString()
        const [, body] = heard.split('\r\n\r\n')
        if (body !== undefined && !this.isSilent) this.#hear(connection, body)
        done()
      },
    })
    return connection
  }

  #hear(connection: Duplex, body: string): void {
    this.questions.push(Object.fromEntries(new URLSearchParams(body)))
    this.#open += 1
    this.most = Math.max(this.most, this.#open)
    const number = this.questions.length
    const further = this.rotates ? { refresh_token: `refresh-token-${number}` } : {}
    const token = { access_token: `access-token-${number}`, token_type: 'bearer', expires_in: 3600, ...further }
    const { status, body: text } = this.answer ?? { status: 200, body: JSON.stringify(token) }
    setImmediate(() => {
      this.#open -= 1
      connection.push(`HTTP/1.1 ${status} x\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
    })
  }
}

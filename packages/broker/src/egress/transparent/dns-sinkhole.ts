import type { Socket as DatagramSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import { canonicalHost } from '../../foundation/canonical-host.ts'
import { type Clock, systemClock } from '../../foundation/clock.ts'
import { buildDnsAnswer, type DnsAnswer, dnsCodes, dnsTypes, parseDnsQuery } from './dns-message.ts'
import type { NameTable } from './name-table.ts'

/** Where the questions of one sandbox arrive; whoever opened the sockets closes them. */
export interface DnsDoors {
  readonly dnsDatagrams: DatagramSocket
  readonly dnsStreams: Server
}

/** What decides about names. */
export interface DnsSinkholeOptions {
  readonly names: NameTable
  /** Whether the sandbox may know a canonical host. Throwing means no. */
  readonly isAllowed: (host: string) => boolean
  /**
   * Told of refused names, canonical or with escapes, at most 50 times in a second. `unreported` is how many more were
   * refused since the last call.
   */
  readonly onRefused: (name: string, type: number, unreported: number) => void
  /** The machine's clock when absent. */
  readonly clock?: Clock
}

/** Refusals reported in a second; the rest is counted. */
const maxReportsPerSecond = 50
const maxConnections = 32
/** Questions are short; longer ones are somebody's data. */
const maxStreamMessageBytes = 4_096
const streamIdleMs = 10_000
/** A client that asks and never reads is cut off when this much waits for it. */
const maxUnreadBytes = 64 * 1024

/**
 * Answers the DNS questions of one sandbox and never asks anybody: allowed names have a synthetic IPv4 address and no
 * other record, all other names do not exist, whatever type is asked for.
 */
export function startDnsSinkhole({ dnsDatagrams, dnsStreams }: DnsDoors, options: DnsSinkholeOptions): void {
  const sinkhole = new DnsSinkhole(options)
  // Sending fails when the sandbox or its namespace is gone; there is nobody left to tell.
  dnsDatagrams.on('error', () => {})
  dnsDatagrams.on('message', (message, { port, address }) => {
    const answer = sinkhole.answer(message)
    if (answer !== undefined) dnsDatagrams.send(answer, port, address, () => {})
  })
  dnsStreams.maxConnections = maxConnections
  dnsStreams.on('connection', (socket: Socket) => serveStream(socket, sinkhole))
}

class DnsSinkhole {
  readonly #options: DnsSinkholeOptions
  #reportsFromMs = 0
  #reports = 0
  #unreported = 0

  constructor(options: DnsSinkholeOptions) {
    this.#options = options
  }

  /** The answer to a message; undefined when it deserves none. */
  answer(message: Uint8Array): Buffer | undefined {
    const query = parseDnsQuery(message)
    if (query === undefined) return undefined
    if ('malformed' in query) return buildDnsAnswer(query, { code: dnsCodes.malformed })
    if (query.opcode !== 0) return buildDnsAnswer(query, { code: dnsCodes.notImplemented })
    if (query.class !== 1) return buildDnsAnswer(query, { code: dnsCodes.refused })
    return buildDnsAnswer(query, this.#decide(query.name, query.type))
  }

  #decide(name: string, type: number): DnsAnswer {
    const host = canonicalHost(name)
    try {
      if (host === undefined || !this.#options.isAllowed(host)) {
        this.#report(host ?? name, type)
        return { code: dnsCodes.noSuchName }
      }
    } catch {
      // SECURITY: what cannot be decided is denied.
      return { code: dnsCodes.failure }
    }
    // SECURITY: no AAAA, HTTPS, SVCB, TXT or other record: nothing leads round the gateway, and nothing carries data.
    if (type !== dnsTypes.a) return { code: dnsCodes.ok }
    const address = this.#options.names.addressOf(host)
    return address === undefined ? { code: dnsCodes.failure } : { code: dnsCodes.ok, address }
  }

  #report(name: string, type: number): void {
    const nowMs = (this.#options.clock ?? systemClock).monotonicMs()
    if (nowMs - this.#reportsFromMs >= 1_000) {
      this.#reportsFromMs = nowMs
      this.#reports = 0
    }
    if (this.#reports >= maxReportsPerSecond) {
      this.#unreported += 1
      return
    }
    const unreported = this.#unreported
    this.#reports += 1
    this.#unreported = 0
    this.#options.onRefused(name, type, unreported)
  }
}

/** Messages with two bytes of length before each (RFC 7766 §8), one after the other. */
function serveStream(socket: Socket, sinkhole: DnsSinkhole): void {
  let waiting = Buffer.alloc(0)
  socket.setTimeout(streamIdleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk])
    while (waiting.length >= 2) {
      const length = waiting.readUInt16BE(0)
      if (length <= maxStreamMessageBytes && waiting.length < 2 + length) break
      const answer = length > maxStreamMessageBytes ? undefined : sinkhole.answer(waiting.subarray(2, 2 + length))
      if (answer === undefined || socket.writableLength > maxUnreadBytes) {
        socket.destroy()
        break
      }
      waiting = waiting.subarray(2 + length)
      const prefix = Buffer.alloc(2)
      prefix.writeUInt16BE(answer.length)
      socket.write(Buffer.concat([prefix, answer]))
    }
  })
}

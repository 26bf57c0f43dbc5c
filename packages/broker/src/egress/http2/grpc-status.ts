import { problems } from '@coatcheck/contract'
import type { Refusal } from '../refusal.ts'

const invalidArgument = 3
const unauthenticated = 16
const unavailable = 14
const unknown = 2

/** What gRPC calls the statuses that the broker answers with. */
const codes: ReadonlyMap<number, number> = new Map([
  [400, invalidArgument],
  [401, unauthenticated],
  [403, 7],
  [404, 5],
  [405, 12],
  [407, unauthenticated],
  [409, 9],
  [413, 8],
  [421, invalidArgument],
  [429, 8],
  [500, 13],
  [501, 12],
  [502, unavailable],
  [503, unavailable],
  [504, unavailable],
])

/** A refusal as clients of gRPC read it, beside its HTTP status. */
export function grpcStatus({ code }: Refusal): Readonly<Record<'grpc-status' | 'grpc-message', string>> {
  const { status, title, remedy } = problems[code]
  return {
    'grpc-status': String(codes.get(status) ?? unknown),
    'grpc-message': encodeMessage(`${code}: ${title}. ${remedy}`),
  }
}

/** Percent-encoding as gRPC has it: all but visible ASCII and the space, and the percent sign. */
function encodeMessage(text: string): string {
  return Array.from(Buffer.from(text), (octet) =>
    octet >= 0x20 && octet < 0x7f && octet !== 0x25
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}

import { constants, inflateRawSync } from 'node:zlib'

/** Longest text that is unpacked, in bytes. */
const maxUnpacked = 1024 * 1024
/** A head without any of the optional parts, which is what clients write. */
const headBytes = 10
const trailerBytes = 8

/** What has been unpacked of a text in gzip. */
export interface GunzippedBeginning {
  readonly content: Buffer
  /** Compressed bytes until behind its end; undefined where it goes on. */
  readonly end: number | undefined
}

/**
 * Unpacks the beginning of a text in gzip (RFC 1952). The checksum behind it is not looked at. SECURITY: a head with optional parts, which
 * not everybody reads alike, is none.
 * @returns undefined for what is no gzip, or is longer than 1 MiB
 */
export function gunzipBeginning(bytes: Buffer): GunzippedBeginning | undefined {
  if (bytes.length < headBytes) return { content: Buffer.alloc(0), end: undefined }
  if (bytes.readUInt32BE(0) !== 0x1f8b0800) return undefined
  const data = bytes.subarray(headBytes)
  try {
    const { buffer, engine } = inflateRawSync(data, {
      info: true,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxUnpacked,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
    const isOver = engine.bytesWritten < data.length
    return { content: buffer, end: isOver ? headBytes + engine.bytesWritten + trailerBytes : undefined }
  } catch {
    return undefined
  }
}

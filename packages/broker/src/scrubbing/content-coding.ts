import type { Transform } from 'node:stream'
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'

/** A way to compress bodies. */
export interface ContentCoding {
  /** @throws Error of Node when it is not well formed, with code `ERR_BUFFER_TOO_LARGE` when it is longer than that */
  decode(bytes: Buffer, maxBytes: number): Buffer
  encode(bytes: Buffer): Buffer
  decoder(): Transform
}

/** A middle way between time and length. */
const brotliQuality = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }

const gzip: ContentCoding = {
  decode: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }),
  encode: (bytes) => gzipSync(bytes),
  decoder: () => createGunzip(),
}
const brotli: ContentCoding = {
  decode: (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength }),
  encode: (bytes) => brotliCompressSync(bytes, brotliQuality),
  decoder: () => createBrotliDecompress(),
}
const zstd: ContentCoding = {
  decode: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
  encode: (bytes) => zstdCompressSync(bytes),
  decoder: () => createZstdDecompress(),
}
const deflate: ContentCoding = {
  decode: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength }),
  encode: (bytes) => deflateSync(bytes),
  decoder: () => createInflate(),
}
const rawDeflate: ContentCoding = {
  decode: (bytes, maxOutputLength) => inflateRawSync(bytes, { maxOutputLength }),
  encode: (bytes) => deflateRawSync(bytes),
  decoder: () => createInflateRaw(),
}

const byName: Readonly<Record<string, ContentCoding>> = { gzip, 'x-gzip': gzip, br: brotli, zstd, deflate }

/** The one coding that a `Content-Encoding` names: `none` where there is none, undefined where nobody here can undo it. */
export function codingNamed(value: string): string | 'none' | undefined {
  const names = value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  const [name = 'none', ...others] = names
  if (others.length > 0) return undefined
  return name === 'none' || Object.hasOwn(byName, name) ? name : undefined
}

/** The coding of that name for a body that begins so: some services say `deflate` and leave its head out. */
export function codingFor(name: string, start: Buffer): ContentCoding {
  const coding = byName[name]!
  if (coding !== deflate || start.length < 2) return coding
  const hasHead = (start[0]! & 0x0f) === 8 && start.readUInt16BE(0) % 31 === 0
  return hasHead ? deflate : rawDeflate
}

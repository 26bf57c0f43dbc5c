/** What the two sides of a connection agree on, by bit; those that are not named pass as they are. */
export const capability = {
  /** Absent from MariaDB’s own clients and servers, which have further capabilities in its stead. */
  notMariaDb: 1,
  database: 1 << 3,
  compress: 1 << 5,
  localFiles: 1 << 7,
  protocol41: 1 << 9,
  tls: 1 << 11,
  secureLogin: 1 << 15,
  multiStatements: 1 << 16,
  pluginLogin: 1 << 19,
  attributes: 1 << 20,
  sizedLogin: 1 << 21,
  sessionTrack: 1 << 23,
  zstd: 1 << 26,
  queryAttributes: 1 << 27,
  furtherFactors: 1 << 28,
} as const

/** Bit of MariaDB’s further capabilities by which one packet holds several commands. */
const severalCommands = 1 << 1

/**
 * Not on either side. SECURITY: compressed commands could not be told apart; files that a client sends would look like commands, and
 * a service would name the file; further factors are nothing that a broker has.
 */
const never = capability.compress | capability.zstd | capability.localFiles | capability.furtherFactors

/** What clients are offered: what the service has, and what the login needs. */
export function offeredCapabilities(service: number, hasTls: boolean, isSingleStatement: boolean): number {
  const { tls, protocol41, secureLogin, pluginLogin } = capability
  const own = protocol41 | secureLogin | pluginLogin
  return (((service & ~never & ~tls & singles(isSingleStatement)) | own | (hasTls ? tls : 0)) >>> 0) as number
}

/** What the service is told: what the client has, as far as both know it, so that all that follows has one form on both sides. */
export function serviceCapabilities(client: number, service: number, isSingleStatement: boolean): number {
  const { tls, protocol41, secureLogin, pluginLogin, sizedLogin, database, notMariaDb } = capability
  const own = ((protocol41 | secureLogin | pluginLogin | sizedLogin) & service) | (notMariaDb & client)
  return ((client & service & ~never & ~tls & ~database & singles(isSingleStatement)) | own) >>> 0
}

/**
 * MariaDB’s further capabilities, without what is not spoken here.
 * @param bytes that have them last, in a greeting or an answer to it
 * @param other those of the other side
 */
export function furtherCapabilities(bytes: Buffer, other?: Buffer): Buffer {
  const passed = Buffer.from(bytes)
  const at = passed.length - 4
  const known = other?.readUInt32LE(other.length - 4) ?? ~0
  passed.writeUInt32LE((passed.readUInt32LE(at) & known & ~severalCommands) >>> 0, at)
  return passed
}

function singles(isSingleStatement: boolean): number {
  return isSingleStatement ? ~capability.multiStatements : ~0
}

/**
 * Fields of a reply of the broker's own to a sandbox. SECURITY: it stands under the address of a service, or beside all of
 * them at a gateway, and repeats texts of the request: no browser keeps it, takes it for another type, or runs it.
 */
export const inertReply = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
} as const

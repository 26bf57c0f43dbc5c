/** Fields that frame or route a request, or that services store and show: none of them holds a credential. */
const unfit: ReadonlySet<string> = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'from',
  'host',
  'keep-alive',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])

/** RFC 9110 §5.6.2, at a length that no service exceeds. */
const fieldName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/** Whether an injector may write a header field of this name. */
export function mayHoldCredential(name: string): boolean {
  return fieldName.test(name) && !unfit.has(name.toLowerCase().replaceAll('_', '-'))
}

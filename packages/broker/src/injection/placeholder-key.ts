import { checkPrime, createHmac, createPrivateKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

const isPrime = promisify(checkPrime)

/** What clients of today take, and no more, because nothing is protected by it. */
const modulusBits = 2_048
const publicExponent = 65_537n
/** Candidates for one prime; one in about 355 is prime. */
const maxCandidates = 20_000

/** SECURITY: making one takes a part of a second, and an agent could ask for it as often as it likes. */
const made = new Map<string, Promise<KeyObject>>()
const maxMade = 256

/**
 * The RSA key that belongs to a placeholder, for clients that want to sign. It follows from the placeholder alone, so that it is
 * the same in every thread and after every start, and nothing has to be kept. SECURITY: it is worth as little as the placeholder
 * is: whoever has one has the other, and no service knows its public half.
 */
export function placeholderKey(placeholder: string): Promise<KeyObject> {
  const known = made.get(placeholder)
  if (known !== undefined) return known
  const key = makeKey(placeholder)
  if (made.size >= maxMade) made.delete(made.keys().next().value!)
  made.set(placeholder, key)
  key.catch(() => made.delete(placeholder))
  return key
}

async function makeKey(placeholder: string): Promise<KeyObject> {
  const [one, other] = await Promise.all([primeOf(placeholder, 'p'), primeOf(placeholder, 'q')])
  const [p, q] = one > other ? [one, other] : [other, one]
  const totient = (p - 1n) * (q - 1n)
  const d = inverse(publicExponent, totient)
  const jwk = {
    kty: 'RSA',
    n: encode(p * q),
    e: encode(publicExponent),
    d: encode(d),
    p: encode(p),
    q: encode(q),
    dp: encode(d % (p - 1n)),
    dq: encode(d % (q - 1n)),
    qi: encode(inverse(q, p)),
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

async function primeOf(placeholder: string, name: string): Promise<bigint> {
  const bits = modulusBits / 2
  const stream = Buffer.concat(
    Array.from({ length: bits / 256 }, (_, index) =>
      createHmac('sha256', placeholder).update(`coatcheck placeholder key ${name} ${index}`).digest(),
    ),
  )
  // With both upper bits set the modulus has its full length.
  let candidate = BigInt(`0x${stream.toString('hex')}`) | (3n << BigInt(bits - 2)) | 1n
  for (let tried = 0; tried < maxCandidates; tried += 1, candidate += 2n) {
    if ((candidate - 1n) % publicExponent !== 0n && !isDivisible(candidate) && (await isPrime(candidate)))
      return candidate
  }
  throw new RangeError('no prime in reach')
}

const smallPrimes = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n]

function isDivisible(candidate: bigint): boolean {
  return smallPrimes.some((prime) => candidate % prime === 0n)
}

/** By the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [before, now] = [0n, 1n]
  let [left, right] = [modulus, value % modulus]
  while (right !== 0n) {
    const times = left / right
    ;[before, now] = [now, before - times * now]
    ;[left, right] = [right, left - times * right]
  }
  return before < 0n ? before + modulus : before
}

function encode(value: bigint): string {
  const digits = value.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url')
}

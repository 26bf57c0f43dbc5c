import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

interface Client {
  request(options: { readonly url: string }): Promise<{ readonly status: number; readonly data: unknown }>
}

interface GoogleAuthLibrary {
  readonly GoogleAuth: new (options: {
    readonly scopes: readonly string[]
  }) => Client & { getIdTokenClient(audience: string): Promise<Client> }
}

// Calls an API of Google as its own library does, with whatever credentials the environment leads to. The one that its SDK brings along.
const load = createRequire(fileURLToPath(import.meta.resolve('@google/genai')))
const { GoogleAuth } = load('google-auth-library') as GoogleAuthLibrary
const [audience] = process.argv.slice(2)
const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/devstorage.read_only'] })
const { status, data } =
  audience === undefined
    ? await auth.request({ url: 'https://storage.googleapis.com/storage/v1/b' })
    : await (await auth.getIdTokenClient(audience)).request({ url: 'https://run.googleapis.com/identity' })
process.stdout.write(JSON.stringify({ status, data }))

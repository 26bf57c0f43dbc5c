import type { Route } from '../fixtures/origin-routes.ts'

/** Where a client goes that signs with a key of its own. */
export const bucketHost = 's3.us-west-2.amazonaws.com'

/** Where programs report errors, with a key that is public. */
export const reportHost = 'o1.ingest.sentry.io'

/** What the services say to the clients. */
export const sentence = 'The key stayed at the door.'

const buckets = `<?xml version="1.0" encoding="UTF-8"?>
<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets><Bucket><Name>attic</Name></Bucket></Buckets>
</ListAllMyBucketsResult>`

function reply(method: string, path: RegExp, body: unknown): Route {
  const isText = typeof body === 'string'
  return {
    method,
    path,
    answer({ request, response }) {
      request.resume()
      response.writeHead(200, { 'content-type': isText ? 'application/xml' : 'application/json' })
      response.end(isText ? body : JSON.stringify(body))
    },
  }
}

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'fixture-1',
  choices: [{ index: 0, message: { role: 'assistant', content: sentence }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 },
}
const candidate = { content: { role: 'model', parts: [{ text: sentence }] }, finishReason: 'STOP', index: 0 }

const organization = {
  id: '1',
  slug: 'cloakroom',
  name: 'Cloakroom',
  dateCreated: '2026-01-02T03:04:05Z',
  isEarlyAdopter: false,
  require2FA: false,
  requireEmailVerification: false,
  features: [],
  requiresSso: false,
}

/** Enough of each service's API for one call of its client. */
export function sdkReplies(): readonly Route[] {
  return [
    reply('POST', /^\/v1(?:beta)?\/models\/fixture-1:generateContent$/, { candidates: [candidate] }),
    reply('POST', /^\/openai\/v1\/chat\/completions$/, completion),
    reply('GET', /^\/user$/, { login: 'agent', id: 1 }),
    reply('POST', /^\/api\/auth\.test$/, { ok: true, user: 'agent' }),
    reply('GET', /^\/v1\/users\/me$/, { object: 'user', id: '1', type: 'bot', name: 'agent', bot: {} }),
    reply('POST', /^\/graphql$/, { data: { viewer: { id: '1', name: 'agent' } } }),
    reply('POST', /^\/emails$/, { id: 'mail-1' }),
    reply('POST', /^\/search$/, { requestId: '1', results: [{ id: '1', url: 'https://found.test/', title: 'Found' }] }),
    reply('POST', /^\/v2\/scrape$/, { success: true, data: { markdown: '# Scraped', metadata: {} } }),
    reply('POST', /^\/2010-04-01\/Accounts\/AC\w+\/Messages\.json$/, { sid: 'SM1', status: 'queued' }),
    reply('GET', /^\/api\/1\.0\/users\/me$/, { data: { gid: '1', name: 'agent', resource_type: 'user' } }),
    reply('POST', /^\/api\/1\/envelope\/$/, {}),
    reply('GET', /^\/api\/0\/organizations\/$/, [organization]),
    reply('GET', /^\/api\/0\/users\/me\/regions\/$/, { regions: [] }),
    reply('GET', /^\/$/, buckets),
  ]
}

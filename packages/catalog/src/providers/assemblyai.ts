import type { Provider } from '../provider.ts'

/** AssemblyAI: `Authorization` without a scheme; short-lived tokens in the query of streams. */
export const assemblyai: Provider = {
  id: 'assemblyai',
  name: 'AssemblyAI',
  category: 'media',
  variables: ['ASSEMBLYAI_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.assemblyai.com', injectors: [{ kind: 'header', name: 'Authorization' }] },
    { host: 'api.eu.assemblyai.com', injectors: [{ kind: 'header', name: 'Authorization' }] },
    { host: 'llm-gateway.assemblyai.com', injectors: [{ kind: 'header', name: 'Authorization' }] },
    { host: 'llm-gateway.eu.assemblyai.com', injectors: [{ kind: 'header', name: 'Authorization' }] },
    { host: 'agents.assemblyai.com', injectors: [{ kind: 'header', name: 'Authorization' }] },
    {
      host: 'streaming.eu.assemblyai.com',
      injectors: [
        { kind: 'header', name: 'Authorization' },
        { kind: 'query', name: 'token' },
      ],
    },
    {
      host: 'streaming.us.assemblyai.com',
      injectors: [
        { kind: 'header', name: 'Authorization' },
        { kind: 'query', name: 'token' },
      ],
    },
    {
      host: 'streaming.assemblyai.com',
      injectors: [
        { kind: 'header', name: 'Authorization' },
        { kind: 'query', name: 'token' },
      ],
    },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/v2/realtime/token', class: 'credentials', why: 'makes a short-lived token' },
    { method: 'GET', path: '/v3/token', class: 'credentials', why: 'makes a short-lived token' },
    { method: 'DELETE', path: '/v2/transcript/*', class: 'destructive', why: 'deletes a transcript' },
    { method: 'GET', path: '/v1/token', class: 'credentials', why: 'makes a short-lived token' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.assemblyai.com', path: '/v2/transcript' },
  documentation: 'https://www.assemblyai.com/docs/api-reference/overview',
  sources: ['AssemblyAI/assemblyai-api-spec', 'AssemblyAI/assemblyai-node-sdk', 'trufflehog'],
  lastChecked: '2026-11-23',
}

import type { ConnectPlan } from './connect-plan.ts'

/** Token of the sandbox of `plan`. */
export const token = 'Zm9yLXRoaXMtc2FuZGJveC1hbG9uZS0x'
/** A sandbox as recipes are tried with. */
export const plan: ConnectPlan = {
  sandboxId: 'sbx_0a1b2c3d',
  name: 'agent',
  placeholders: { OPENAI_API_KEY: 'sk-proj-coatcheck_B7', ODD: 'it\'s $HOME `id` \\ "x"' },
  baseUrls: { OPENAI_BASE_URL: `https://broker.example:7071/as/sbx_0a1b2c3d.${token}/openai/v1` },
  gatewayUrl: `https://broker.example:7071/as/sbx_0a1b2c3d.${token}`,
  direct: ['broker.example'],
  proxyUrl: `https://sbx_0a1b2c3d:${token}@broker.example:7071`,
  ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  roots: ['-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----'],
  expiresAt: '2030-01-01T00:00:00.000Z',
}

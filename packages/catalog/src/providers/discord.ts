import type { Provider } from '../provider.ts'

/** Discord: `Bot` for bots, Bearer for users, and a message inside the socket of the gateway. Addresses of webhooks are not covered. */
export const discord: Provider = {
  id: 'discord',
  name: 'Discord',
  category: 'messaging',
  variables: ['DISCORD_TOKEN', 'DISCORD_BOT_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'discord.com', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Bot ' }, { kind: 'bearer' }] },
    // The first message that a client sends there has the token. Hosts that a session is taken up again at have other names.
    { host: 'gateway.discord.gg', injectors: [{ kind: 'placeholder', in: ['websocket'] }] },
    { host: 'cdn.discordapp.com', injectors: [] },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'DELETE', path: '/api/*/guilds/*', class: 'destructive', why: 'deletes a server' },
    { method: 'DELETE', path: '/api/*/channels/*', class: 'destructive', why: 'deletes a channel' },
    { method: 'PUT', path: '/api/*/guilds/*/bans/*', class: 'destructive', why: 'bans a member' },
    { method: 'POST', path: '/api/*/guilds/*/bulk-ban', class: 'destructive', why: 'bans many members' },
    {
      method: 'POST',
      path: '/api/*/channels/*/messages/bulk-delete',
      class: 'destructive',
      why: 'deletes many messages',
    },
    { method: 'PUT', path: '/api/*/guilds/*/members/*/roles/*', class: 'admin', why: 'gives a role' },
    { method: 'POST', path: '/api/*/channels/*/webhooks', class: 'credentials', why: 'makes a webhook' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'discord.com', path: '/api/v10/users/@me' },
  documentation: 'https://discord.com/developers/docs/reference#authentication',
  sources: ['discordjs/discord.js', 'trufflehog'],
  lastChecked: '2026-11-22',
}

import type { Provider } from '../provider.ts'

/** Telegram’s bot API: the token stands in the path, after `bot`. */
export const telegram: Provider = {
  id: 'telegram',
  name: 'Telegram',
  category: 'messaging',
  variables: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    {
      host: 'api.telegram.org',
      injectors: [
        { kind: 'path', template: '/bot{{ value }}/**' },
        { kind: 'path', template: '/file/bot{{ value }}/**' },
      ],
    },
  ],
  keyShapes: [
    {
      // Clients check that digits and a colon come first. They are the public number of the bot, and this one is nobody’s.
      label: 'bot token',
      prefix: '',
      pattern: /^[0-9]{5,16}:[A-Za-z0-9_-]{35}$/,
      placeholder: { lead: '1000000000:coatcheck_', alphabet: 'alphanumeric', length: 24 },
    },
  ],
  dangerous: [
    { method: '*', path: '/bot*/setWebhook', class: 'exfil', why: 'sends all messages to a URL of choice' },
    { method: '*', path: '/bot*/sendInvoice', class: 'money', why: 'asks for money' },
    { method: '*', path: '/bot*/refundStarPayment', class: 'money', why: 'pays back' },
    { method: '*', path: '/bot*/deleteWebhook', class: 'destructive', why: 'stops the delivery of messages' },
    { method: '*', path: '/bot*/logOut', class: 'destructive', why: 'logs the bot out' },
    { method: '*', path: '/bot*/banChatMember', class: 'destructive', why: 'bans a member' },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://core.telegram.org/bots/api#authorizing-your-bot',
  sources: ['grammyjs/grammY', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}

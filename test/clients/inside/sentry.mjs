// Reports one message by the published client, whose path is given, to an address whose key is public.
const { captureMessage, flush, getClient, init } = await import(process.argv[2])
init({ dsn: 'https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/1' })
getClient().on('afterSendEvent', (_event, { statusCode }) => console.log(`answered ${statusCode}`))
captureMessage('The key stayed at the door.')
await flush(10_000)

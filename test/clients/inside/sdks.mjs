// One call by each published client, made with nothing but the key that its environment holds, and the base URL where it is given one.
const question = 'Where is the key?'
const messages = [{ role: 'user', content: question }]

const baseUrl = process.env.BASE_URL

/** An option with a base URL, and what the client leaves to it; none without one. */
function option(name, path = '') {
  return baseUrl === undefined ? {} : { [name]: baseUrl + path }
}

const calls = {
  async gemini({ GEMINI_API_KEY: apiKey }) {
    const { GoogleGenAI } = await import('@google/genai')
    return (await new GoogleGenAI({ apiKey }).models.generateContent({ model: 'fixture-1', contents: question })).text
  },
  async groq() {
    const { Groq } = await import('groq-sdk')
    const answer = await new Groq().chat.completions.create({ model: 'fixture-1', messages })
    return answer.choices[0].message.content
  },
  async mistral({ MISTRAL_API_KEY: apiKey }) {
    const { Mistral } = await import('@mistralai/mistralai')
    const answer = await new Mistral({ apiKey, ...option('serverURL') }).chat.complete({ model: 'fixture-1', messages })
    return answer.choices[0].message.content
  },
  async octokit({ GITHUB_TOKEN: auth }) {
    const { Octokit } = await import('@octokit/rest')
    return (await new Octokit({ auth, ...option('baseUrl') }).rest.users.getAuthenticated()).data.login
  },
  async slack({ SLACK_BOT_TOKEN: token }) {
    const { WebClient } = await import('@slack/web-api')
    return (await new WebClient(token, option('slackApiUrl', '/api/')).auth.test()).user
  },
  async notion({ NOTION_TOKEN: auth }) {
    const { Client } = await import('@notionhq/client')
    return (await new Client({ auth, ...option('baseUrl') }).users.me({})).name
  },
  async linear({ LINEAR_API_KEY: apiKey }) {
    const { LinearClient } = await import('@linear/sdk')
    return (await new LinearClient({ apiKey, ...option('apiUrl', '/graphql') }).viewer).name
  },
  async resend() {
    const { Resend } = await import('resend')
    const mail = { from: 'agent@clients.test', to: 'person@clients.test', subject: question, text: question }
    const { data, error } = await new Resend().emails.send(mail)
    return data?.id ?? JSON.stringify(error)
  },
  async exa({ EXA_API_KEY: apiKey }) {
    const { Exa } = await import('exa-js')
    return (await new Exa(apiKey, baseUrl).search(question)).results[0].url
  },
  async firecrawl() {
    const { FirecrawlClient } = await import('@mendable/firecrawl-js')
    return (await new FirecrawlClient().scrape('https://clients.test/')).markdown
  },
  async twilio({ TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token }) {
    const { default: twilio } = await import('twilio')
    const message = { from: '+15005550006', to: '+15005550001', body: question }
    return (await twilio(account, token).messages.create(message)).sid
  },
  async s3() {
    const { GetObjectCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3')
    const client = new S3Client({ region: 'us-east-1', forcePathStyle: true })
    const place = { Bucket: 'attic', Key: 'a b/c+d' }
    await client.send(new PutObjectCommand({ ...place, Body: 'put and got' }))
    return (await client.send(new GetObjectCommand(place))).Body.transformToString()
  },
  async ownS3() {
    const { ListBucketsCommand, S3Client } = await import('@aws-sdk/client-s3')
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'of-the-client-itself' }
    const client = new S3Client({ region: 'us-west-2', credentials })
    return (await client.send(new ListBucketsCommand({}))).Buckets[0].Name
  },
}

console.log(await calls[process.argv[2]](process.env))

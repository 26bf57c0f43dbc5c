// One call by the published client, whose path is given.
const { default: asana } = await import(process.argv[2])
const client = asana.ApiClient.instance
client.authentications.token.accessToken = process.env.ASANA_ACCESS_TOKEN
if (process.env.BASE_URL !== undefined) client.basePath = `${process.env.BASE_URL}/api/1.0`
console.log((await new asana.UsersApi().getUser('me')).data.name)

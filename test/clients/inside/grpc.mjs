import { Client, credentials, Metadata } from '@grpc/grpc-js'

const client = new Client('api.clients.test:443', credentials.createSsl())
const metadata = new Metadata()
metadata.set('authorization', `Bearer ${process.env.API_KEY}`)
const same = (bytes) => bytes
client.makeUnaryRequest('/clients.Service/Echo', same, same, Buffer.from('hello'), metadata, (error, answer) => {
  if (error) throw error
  console.log(answer.toString())
  client.close()
})

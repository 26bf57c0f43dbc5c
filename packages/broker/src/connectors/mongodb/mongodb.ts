import type { Connector } from '../connector.ts'
import { mongodbVariables } from './mongodb-variables.ts'

/** MongoDB from version 4.4.2 on, and what speaks as it does. */
export const mongodb: Connector = {
  scheme: 'mongodb',
  variables: mongodbVariables,
  async serve(session) {
    // Whoever is gone before it is served ends nothing but itself.
    session.client.on('error', () => session.client.destroy())
    // What reads documents takes 9 MB, which processes of other protocols do without.
    const { serveMongodb } = await import('./serve-mongodb.ts')
    return serveMongodb(session)
  },
}

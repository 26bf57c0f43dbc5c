export { type Home, type HomePaths, homePaths, resolveHome } from './config/home.ts'
export type { BrokerSettings, DoorSettings, ListenAddress } from './config/settings.ts'
export { type Broker, type BrokerOptions, startBroker } from './main.ts'
export type { BrokerProcessOptions, BrokerProcessReply } from './run-broker.ts'

export type { BrokerProcessOptions, BrokerProcessReply } from './broker-process.ts'
export { type Home, type HomePaths, homePaths, resolveHome } from './config/home.ts'
export { type Broker, type BrokerOptions, startBroker } from './main.ts'

export { BrokerProblem } from './broker-problem.ts'
export { type ActivityList, type ClientOptions, type CoatcheckClient, createClient, type PageQuery } from './client.ts'
export type { LeaseEvent, SandboxLease } from './sandbox-lease.ts'

export type * from './gateway.ts'
export type * from './launcher.ts'

export type * from './audit-event.ts'
export * from './problem.ts'
export type * from './resources.ts'

import type { Destination } from '../foundation/destination.ts'
import type { RoutedGrant, Routes } from './routes.ts'

/** The grants whose secrets may go to a destination. */
export function coveringGrants({ grants }: Pick<Routes, 'grants'>, destination: Destination): RoutedGrant[] {
  return grants.filter(({ scopes }) => scopes.some(({ pattern }) => pattern.matches(destination)))
}

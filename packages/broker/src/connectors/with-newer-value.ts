import { ReachError, type ReachWish } from './connector.ts'

/** What became of one attempt to log in. */
export type LoginAttempt<Service> =
  | { readonly service: Service }
  /** The service declined a value, of this version, for which there may be a newer one by now. */
  | { readonly declined: unknown; readonly version: number }

/**
 * Logs in to a service; once more, where it declined a value that is no longer the present one.
 * @param attempt rejects for what a newer value would not mend
 */
export async function withNewerValue<Service>(
  wish: ReachWish,
  attempt: (wish: ReachWish) => Promise<LoginAttempt<Service>>,
): Promise<Service> {
  const first = await attempt(wish)
  if ('service' in first) return first.service
  const again = await attempt({ ...wish, declined: first.version }).catch((error: unknown) => {
    // There is no newer one.
    throw error instanceof ReachError && error.code === 'upstream_login_refused' ? first.declined : error
  })
  if ('service' in again) return again.service
  throw again.declined
}

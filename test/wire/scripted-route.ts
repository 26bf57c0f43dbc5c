import type { Route, RoutedRequest } from '../fixtures/origin-routes.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']

/** Requests under `/scripted` of a fixture origin, which a test answers by hand. */
export interface ScriptedRoute {
  readonly routes: readonly Route[]
  /** The next request that came, in the order of their arrival. */
  next(): Promise<RoutedRequest>
}

/** Makes the routes; each request waits until a test takes it. */
export function makeScriptedRoute(): ScriptedRoute {
  const arrived: RoutedRequest[] = []
  const awaited: ((routed: RoutedRequest) => void)[] = []
  const answer = (routed: RoutedRequest): void => {
    const taker = awaited.shift()
    if (taker === undefined) arrived.push(routed)
    else taker(routed)
  }
  return {
    routes: methods.map((method) => ({ method, path: /^\/scripted/, answer })),
    next: () =>
      new Promise((resolve) => {
        const routed = arrived.shift()
        if (routed === undefined) awaited.push(resolve)
        else resolve(routed)
      }),
  }
}

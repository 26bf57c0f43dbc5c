import { CoatcheckError } from '@coatcheck/contract'
import { type MetricSources, metricList } from './metric-list.ts'

/**
 * The text of a scrape. What makes it is loaded at the first one, so that brokers that nobody scrapes do not pay for it.
 * @throws CoatcheckError `listeners_unready` where no descriptor is left to load it with
 */
export async function scrapeMetrics(sources: MetricSources): Promise<string> {
  const { prometheusText } = await import('./prometheus-text.ts').catch(refuseStarved)
  return prometheusText(metricList(sources))
}

/** No fault of the broker, and the next scrape tries again. */
function refuseStarved(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error
  throw new CoatcheckError('listeners_unready', { reason: 'no descriptor is left' }, { cause: error })
}

import { type MetricSources, metricList } from './metric-list.ts'

/** The text of a scrape. What makes it is loaded at the first one, so that brokers that nobody scrapes do not pay for it. */
export async function scrapeMetrics(sources: MetricSources): Promise<string> {
  const { prometheusText } = await import('./prometheus-text.ts')
  return prometheusText(metricList(sources))
}

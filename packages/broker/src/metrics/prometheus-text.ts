import { type HrTime, ValueType } from '@opentelemetry/api'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Metric, MetricPoint } from './metric-list.ts'

/** Hands out what the SDK says about this process, and collects nothing else. */
class ResourceReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

// No timestamps, and neither labels nor a metric about the process: what is exported is what the list names.
const serializer = new PrometheusSerializer('coatcheck', false, undefined, true, true)
const instant: HrTime = [0, 0]
const resource = findResource()

/** Metrics in the text format of Prometheus. */
export async function prometheusText(metrics: readonly Metric[]): Promise<string> {
  const scopeMetrics = [{ scope: { name: 'coatcheck' }, metrics: metrics.filter(hasPoints).map(metricData) }]
  return serializer.serialize({ resource: await resource, scopeMetrics })
}

async function findResource(): Promise<ResourceMetrics['resource']> {
  const reader = new ResourceReader()
  const provider = new MeterProvider({ readers: [reader] })
  const { resourceMetrics } = await reader.collect()
  await provider.shutdown()
  return resourceMetrics.resource
}

function hasPoints({ points }: Metric): boolean {
  return points.length > 0
}

function metricData(metric: Metric): MetricData {
  const { name, help: description } = metric
  const common = {
    descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  if (metric.kind === 'gauge')
    return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: metric.points.map(dataPoint) }
  if (metric.kind === 'counter')
    return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: metric.points.map(dataPoint) }
  const dataPoints = metric.points.map(({ labels, value }) => {
    const { boundaries, counts, sum, count } = value
    return dataPoint({ labels, value: { buckets: { boundaries: [...boundaries], counts: [...counts] }, sum, count } })
  })
  return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
}

function dataPoint<Value>({ labels, value }: MetricPoint<Value>) {
  return { startTime: instant, endTime: instant, attributes: labels, value }
}

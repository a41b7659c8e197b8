import type { MetricSample } from '../kernel/telemetry.ts'

const mostSets = 30
const mostDimensions = 30
const mostMetrics = 100
const mostValues = 100

/** Whether a line may hold metrics: asked of every line, so it only looks for the word. */
export function mayHoldMetrics(message: string): boolean {
  return message.includes('"_aws"')
}

export interface EmbeddedSample extends MetricSample {
  readonly bySecond: boolean
}

/**
 * The samples in a line of the embedded metric format. What precedes the JSON (a time, a request id) is passed over; a
 * line that is not of the format has none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(message: string, atMs: number): EmbeddedSample[] {
  const root = objectIn(message)
  const meta = asObject(root?._aws)
  if (!root || !meta || !Array.isArray(meta.CloudWatchMetrics)) return []
  const timeMs = typeof meta.Timestamp === 'number' ? meta.Timestamp : atMs
  return meta.CloudWatchMetrics.slice(0, mostSets).flatMap((given: unknown) => {
    const directive = asObject(given)
    const namespace = directive?.Namespace
    if (!directive || typeof namespace !== 'string' || namespace === '') return []
    const sets = Array.isArray(directive.Dimensions) ? directive.Dimensions.slice(0, mostSets) : [[]]
    const metrics = Array.isArray(directive.Metrics) ? directive.Metrics.slice(0, mostMetrics) : []
    return sets.flatMap((names: unknown) => {
      const dimensions = dimensionsOf(root, names)
      if (!dimensions) return []
      return metrics.flatMap((one: unknown) => {
        const metric = asObject(one)
        const name = metric?.Name
        if (!metric || typeof name !== 'string' || !Object.hasOwn(root, name)) return []
        const unit = typeof metric.Unit === 'string' ? metric.Unit : 'None'
        return valuesOf(root[name]).map((value) => ({
          namespace,
          name,
          dimensions,
          unit,
          value,
          atMs: timeMs,
          bySecond: metric.StorageResolution === 1,
        }))
      })
    })
  })
}

function objectIn(message: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(message.slice(message.indexOf('{'))))
  } catch {
    // It only looked like the format.
    return undefined
  }
}

function dimensionsOf(root: Record<string, unknown>, names: unknown): Record<string, string> | undefined {
  if (!Array.isArray(names) || names.length > mostDimensions) return undefined
  const dimensions: Record<string, string> = {}
  for (const name of names) {
    if (typeof name !== 'string' || !Object.hasOwn(root, name)) return undefined
    const value = root[name]
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
    dimensions[name] = String(value).slice(0, 1_024)
  }
  return dimensions
}

function valuesOf(value: unknown): number[] {
  const all: unknown[] = Array.isArray(value) ? value.slice(0, mostValues) : [value]
  return all.filter((one): one is number => typeof one === 'number' && Number.isFinite(one))
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

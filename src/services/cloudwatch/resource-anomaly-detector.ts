import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { dimensionsText } from '../../telemetry/metric-state.ts'
import { type GivenDimension, readDimensions } from './metric-input.ts'
import { ignoreMissing } from './resource-tagging.ts'
import { instant } from './resource-times.ts'

interface About {
  Namespace?: string
  MetricName?: string
  Dimensions?: GivenDimension[]
  Stat?: string
}

interface Properties extends About {
  SingleMetricAnomalyDetector?: About & { AccountId?: string }
  Configuration?: { ExcludedTimeRanges?: { StartTime: string; EndTime: string }[]; MetricTimeZone?: string }
  MetricCharacteristics?: { PeriodicSpikes?: boolean }
}

interface Found {
  readonly Configuration?: {
    readonly ExcludedTimeRanges?: readonly { readonly StartTime: Date; readonly EndTime: Date }[]
    readonly MetricTimezone?: string
  }
  readonly MetricCharacteristics?: { readonly PeriodicSpikes?: boolean }
  readonly Stat?: string
}

const spikesOf = ({ MetricCharacteristics }: Pick<Found, 'MetricCharacteristics'>) =>
  String(MetricCharacteristics?.PeriodicSpikes)
const aboutOf = (props: Properties) => {
  const { Namespace, MetricName, Dimensions, Stat, SingleMetricAnomalyDetector } = props
  return { Namespace, MetricName, Dimensions, Stat, SingleMetricAnomalyDetector }
}

async function put(props: Properties, rx: { invoke(operation: string, input: object): Promise<unknown> }) {
  const { Configuration, MetricCharacteristics } = props
  await rx.invoke('cloudwatch:PutAnomalyDetector', {
    ...aboutOf(props),
    MetricCharacteristics,
    Configuration: Configuration && {
      MetricTimezone: Configuration.MetricTimeZone,
      ExcludedTimeRanges: Configuration.ExcludedTimeRanges?.map(({ StartTime, EndTime }) => ({
        StartTime: instant(StartTime),
        EndTime: instant(EndTime),
      })),
    },
  })
  const { Namespace, MetricName, Stat, Dimensions } = props.SingleMetricAnomalyDetector ?? props
  // The real service makes an id up. What replaces a detector has to have another.
  const parts = [Namespace, MetricName, Stat, dimensionsText(readDimensions(Dimensions)), spikesOf(props)]
  const id = parts.join('|')
  return { id, attributes: { Id: id } }
}

async function find(props: Properties, rx: ResourceReader): Promise<Found | undefined> {
  const { Namespace, MetricName, Dimensions = [], Stat } = props.SingleMetricAnomalyDetector ?? props
  const asked = { Namespace, MetricName, Dimensions }
  const { AnomalyDetectors = [] } = await rx.invoke<{ AnomalyDetectors?: Found[] }>(
    'cloudwatch:DescribeAnomalyDetectors',
    asked,
  )
  return AnomalyDetectors.find((one) => one.Stat === Stat)
}

export const anomalyResources = {
  'AWS::CloudWatch::AnomalyDetector': resource<Properties>({
    properties: [
      'Namespace',
      'MetricName',
      'Dimensions',
      'Stat',
      'SingleMetricAnomalyDetector',
      'Configuration',
      'MetricCharacteristics',
    ],
    create: put,
    update: (_id, props, _previous, rx) => put(props, rx),
    async delete(_id, props, rx) {
      // A replacement that only differs in this is of the same metric, and there by now: it stays.
      const found = await find(props, rx)
      if (!found || spikesOf(found) !== spikesOf(props)) return
      await rx.invoke('cloudwatch:DeleteAnomalyDetector', aboutOf(props)).catch(ignoreMissing)
    },
    async read(id, props, rx) {
      const found = await find(props, rx)
      if (!found || !id.endsWith(`|${spikesOf(found)}`)) return undefined
      const { Configuration, MetricCharacteristics } = found
      const ranges = Configuration?.ExcludedTimeRanges ?? []
      return {
        ...aboutOf(props),
        MetricCharacteristics,
        Configuration:
          ranges.length > 0 || Configuration?.MetricTimezone !== undefined
            ? {
                MetricTimeZone: Configuration?.MetricTimezone,
                ExcludedTimeRanges: ranges.map(({ StartTime, EndTime }) => ({
                  StartTime: StartTime.toISOString(),
                  EndTime: EndTime.toISOString(),
                })),
              }
            : undefined,
      }
    },
  }),
}

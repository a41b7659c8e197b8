import { operations } from '../../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../../kernel/page-token.ts'
import type { DestinationType, OutputFormat } from '../../../telemetry/vended/state.ts'
import type { Api } from '../api.ts'
import { pageSize } from '../find.ts'
import { invalid } from './names.ts'

/** A log that resources of some service write. */
export interface LogTemplate {
  readonly service: string
  readonly logType: string
  readonly resourceType: string
  /** In this order in a record, unless a delivery says otherwise; the first of them are in every one. */
  readonly fields: readonly string[]
  readonly mandatory: readonly string[]
  /** What whoever makes a source of the resource needs to be allowed on it. */
  readonly action: string
  /** The log stream that a log group gets them in. */
  readonly stream: string
  /** Below `AWSLogs/ACCOUNT/` in a bucket. */
  readonly folder: string
  /** The operation and its input that show that the resource of an ARN is there. */
  readonly looked: (resource: string) => { readonly operation: string; readonly input: object } | undefined
}

const busFields = ['resource_arn', 'message_timestamp_ms', 'event_bus_name', 'request_id', 'event_id'].concat([
  ...['invocation_id', 'message_type', 'log_level', 'details', 'dropped_fields', 'error'],
])

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-logs-schema.html */
const ofBuses = ['ERROR_LOGS', 'INFO_LOGS', 'TRACE_LOGS'].map((logType): LogTemplate => {
  return {
    ...{ service: 'events', logType, resourceType: 'event-bus' },
    fields: busFields,
    mandatory: ['resource_arn', 'message_timestamp_ms', 'message_type', 'log_level'],
    action: 'events:AllowVendedLogDeliveryForResource',
    ...{ stream: 'EventBridgeEventBusLogs', folder: 'EventBusLogs' },
    looked(resource) {
      const Name = /^event-bus\/(.+)$/.exec(resource)?.[1]
      return Name === undefined ? undefined : { operation: 'events:DescribeEventBus', input: { Name } }
    },
  }
})

/** The logs that this node's services write. */
export const logTemplates: readonly LogTemplate[] = ofBuses

/** The template of a service's log; undefined when no service here writes one. */
export function templateOf(service: string, logType: string): LogTemplate | undefined {
  return logTemplates.find((one) => one.service === service && one.logType === logType)
}

/** What each type of destination takes. Parquet, a bucket's fifth, is not written here. */
export const formats: Readonly<Record<DestinationType, readonly OutputFormat[]>> = {
  CWL: ['json', 'plain'],
  FH: ['json', 'plain', 'raw'],
  S3: ['json', 'plain', 'w3c', 'raw'],
}
export const suffixFields = ['{region}', '{account-id}', '{yyyy}', '{MM}', '{dd}', '{HH}']
export const defaultSuffix = '{region}/{yyyy}/{MM}/{dd}/{HH}/'
/** A tab when none is said. */
export const delimiters = ['\t', ' ', ',', ';', '|']

const types: readonly DestinationType[] = ['S3', 'CWL', 'FH']
const described = logTemplates.flatMap((log) => types.map((type) => describe(log, type)))

export const configurationTemplates = operations<Api>()({
  DescribeConfigurationTemplates: {
    authorize: () => [{ action: 'logs:DescribeConfigurationTemplates', resource: '*' }],
    read(_tx, { service, logTypes, resourceTypes, deliveryDestinationTypes, nextToken, limit: asked }) {
      const from = nextToken === undefined ? 0 : fromPageToken(nextToken, ['number'])?.[0]
      if (from === undefined) throw invalid('The specified nextToken is invalid.')
      const wanted = described.filter(
        (one) =>
          (service === undefined || one.service === service) &&
          (logTypes?.includes(one.logType) ?? true) &&
          (resourceTypes?.includes(one.resourceType) ?? true) &&
          (deliveryDestinationTypes?.includes(one.deliveryDestinationType) ?? true),
      )
      const to = from + pageSize(asked, 50)
      return {
        configurationTemplates: structuredClone(wanted.slice(from, to)),
        nextToken: to < wanted.length ? toPageToken(to) : undefined,
      }
    },
  },
})

function describe({ service, logType, resourceType, fields, mandatory, action }: LogTemplate, type: DestinationType) {
  const s3DeliveryConfiguration = { suffixPath: defaultSuffix, enableHiveCompatiblePath: false }
  return {
    ...{ service, logType, resourceType, deliveryDestinationType: type },
    defaultDeliveryConfigValues: {
      ...{ recordFields: [...fields], fieldDelimiter: delimiters[0] },
      ...(type === 'S3' && { s3DeliveryConfiguration }),
    },
    allowedFields: fields.map((name) => ({ name, mandatory: mandatory.includes(name) })),
    allowedOutputFormats: [...formats[type]],
    allowedActionForAllowVendedLogsDeliveryForResource: action,
    allowedFieldDelimiters: delimiters,
    ...(type === 'S3' && { allowedSuffixPathFields: suffixFields }),
  }
}

// What tells the Telemetry API from the Logs API that it has superseded: what a subscription may ask for, and how events
// are told. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html

/** `shape(event, { version, text })`: the events that a subscriber gets for one; `text`: the line that it was printed as. */
export const telemetryApi = {
  name: 'Telemetry',
  path: /^\/2022-07-01\/telemetry$/,
  versions: ['2022-07-01', '2022-12-13', '2025-01-29'],
  validationError: 'ValidationError',
  maxItems: 1_000,
  subscription: 'platform.telemetrySubscription',
  shape: (event) => (event.type === logsApi.subscription ? [] : [event]),
}

const withRuntimeDone = '2021-03-18'

export const logsApi = {
  name: 'Logs',
  path: /^\/2020-08-15\/logs$/,
  versions: ['2020-08-15', withRuntimeDone],
  defaultVersion: '2020-08-15',
  validationError: 'Logs.ValidationError',
  maxItems: 10_000,
  subscription: 'platform.logsSubscription',
  shape({ time, type, record }, { version, text }) {
    const told = (type, record) => ({ time, type, record })
    if (text !== undefined) return [told(type, text)]
    return (records[type]?.(record, version) ?? []).map(([type, record]) => told(type, record))
  },
}

const hundredths = (value) => Math.round(value * 100) / 100

/** Of the platform's events those that the Logs API has. */
const records = {
  'platform.start': ({ requestId, version }) => [['platform.start', { requestId, version }]],
  'platform.runtimeDone': ({ requestId, status }, version) => [
    ...(status === 'error'
      ? [['platform.fault', `RequestId: ${requestId} Process exited before completing request`]]
      : []),
    ...(version === withRuntimeDone
      ? [['platform.runtimeDone', { requestId, status: status === 'error' ? 'failure' : status }]]
      : []),
  ],
  'platform.report': ({ requestId, metrics, tracing }) => [
    ['platform.end', { requestId }],
    [
      'platform.report',
      {
        requestId,
        metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, hundredths(value)])),
        ...(tracing?.value.includes('Sampled=1') && { tracing }),
      },
    ],
  ],
  'platform.extension': ({ name, state, events }) => [['platform.extension', { name, state, events }]],
  'platform.logsSubscription': (record) => [['platform.logsSubscription', record]],
}

/** What a sample event is made of. */
export interface SampleSetting {
  readonly at: Date
  readonly region: string
  readonly account: string
  /** The body of the request, message or record; the detail of an event. */
  readonly body: string
  /** A new random id. */
  newId(): string
}

/** An event as a source gives it to a function: the shape is the source's, the values are examples. */
export interface Sample {
  readonly summary: string
  /** The shape's description. */
  readonly source: string
  /** True when the sample has a place for a body of one's own. */
  readonly takesBody: boolean
  make(setting: SampleSetting): unknown
}

export const address = '203.0.113.7'
export const agent = 'landfall-sample/1'

/** Seconds with milliseconds behind the point, as streams tell times. */
export function seconds(at: Date): number {
  return at.getTime() / 1000
}

/** `22/Nov/2026:09:30:00 +0000`, as API Gateway tells times. */
export function requestTime(at: Date): string {
  const month = at.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
  const [date = '', time = ''] = at.toISOString().slice(0, 19).split('T')
  const [year, , day] = date.split('-')
  return `${day}/${month}/${year}:${time} +0000`
}

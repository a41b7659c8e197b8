import { formatArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'
import type { AlarmType } from './alarm-state.ts'
import { tagsOf } from './resource-tagging.ts'

interface Alarms {
  readonly MetricAlarms?: readonly object[]
  readonly CompositeAlarms?: readonly object[]
  readonly LogAlarms?: readonly object[]
}

/** An alarm as its properties would say it. */
export async function readAlarm(
  kind: AlarmType,
  name: string,
  names: readonly string[],
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const asked = { AlarmNames: [name], AlarmTypes: [kind] }
  const [found] = (await rx.invoke<Alarms>('cloudwatch:DescribeAlarms', asked))[`${kind}s`] ?? []
  if (!found) return undefined
  const Tags = await tagsOf(formatArn('cloudwatch', rx.region, rx.account, `alarm:${name}`), rx)
  return { ...members(found, names), Tags }
}

/** A dashboard as its properties would say it. */
export async function readDashboard(name: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await rx
    .invoke<{ DashboardBody: string }>('cloudwatch:GetDashboard', { DashboardName: name })
    .catch((error: unknown) => {
      if (!isAwsError(error, 'ResourceNotFound', 'DashboardNotFoundError')) throw error
    })
  if (!found) return undefined
  const Tags = await tagsOf(formatArn('cloudwatch', '', rx.account, `dashboard/${name}`), rx)
  return { DashboardName: name, DashboardBody: found.DashboardBody, Tags }
}

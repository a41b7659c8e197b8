import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

/** A rule with its targets as its properties would say it. */
export async function readRule(
  arn: string,
  EventBusName: string | undefined,
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const name = arn.slice(arn.lastIndexOf('/') + 1)
  const path = arn.slice(arn.indexOf(':rule/') + ':rule/'.length)
  const bus = path.includes('/') ? { EventBusName: path.slice(0, path.lastIndexOf('/')) } : {}
  const found = await rx.invoke<{ Arn: string }>('events:DescribeRule', { Name: name, ...bus }).catch(ignoreMissing)
  if (found?.Arn !== arn) return undefined
  const { Targets } = await rx.invoke<{ Targets?: object[] }>('events:ListTargetsByRule', { Rule: name, ...bus })
  return {
    ...members(found, ['Name', 'Description', 'EventPattern', 'ScheduleExpression', 'State', 'RoleArn']),
    // In the form in which its template names it: name or ARN.
    EventBusName,
    Targets,
    Tags: await tagsOf(arn, rx),
  }
}

/** A bus as its properties would say it. One that logs nothing has no LogConfig, unless its template has one. */
export async function readBus(
  Name: string,
  wanted: { readonly LogConfig?: object },
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await rx
    .invoke<{ Arn: string; LogConfig?: { Level: string } }>('events:DescribeEventBus', { Name })
    .catch(ignoreMissing)
  if (!found) return undefined
  const silent = found.LogConfig?.Level === 'OFF' && wanted.LogConfig === undefined
  return {
    ...members(found, ['Name', 'Description', 'Policy']),
    LogConfig: silent ? undefined : found.LogConfig,
    Tags: await tagsOf(found.Arn, rx),
  }
}

async function tagsOf(ResourceARN: string, rx: ResourceReader): Promise<unknown> {
  return (await rx.invoke<{ Tags?: unknown }>('events:ListTagsForResource', { ResourceARN })).Tags
}

import { ownResource } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { alarm } from './alarm-state.ts'
import type { Api } from './api.ts'
import { dashboard } from './dashboard-state.ts'

/** Tags of alarms and dashboards: at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ ResourceARN, Tags }) => [
      { action: 'cloudwatch:TagResource', resource: ResourceARN, context: requestTags(readTags(Tags)) },
    ],
    async write(tx, { ResourceARN, Tags }) {
      await change(tx, ResourceARN, (before) => ({ ...before, ...readTags(Tags) }))
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceARN, TagKeys }) => [
      { action: 'cloudwatch:UntagResource', resource: ResourceARN, context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceARN, TagKeys }) {
      await change(tx, ResourceARN, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
      )
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ ResourceARN }) => [{ action: 'cloudwatch:ListTagsForResource', resource: ResourceARN }],
    async read(tx, { ResourceARN }) {
      const { tags } = await find(tx, ResourceARN)
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  },
})

export function readTags(given: readonly { Key?: string; Value?: string }[] = []): Record<string, string> {
  return Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]))
}

export function checkTags(given: Readonly<Record<string, string>>): void {
  if (Object.keys(given).length > 50) throw awsError('InvalidParameterValue', 'A resource can have at most 50 tags.')
}

async function change(
  tx: Tx,
  arn: string,
  to: (before: Readonly<Record<string, string>>) => Record<string, string>,
): Promise<void> {
  const found = await find(tx, arn)
  const next = to(found.tags)
  checkTags(next)
  if ('board' in found) tx.set(dashboard(found.board.name), { ...found.board, tags: next })
  else tx.set(alarm(found.alarm.name), { ...found.alarm, tags: next })
}

async function find(tx: ReadTx, arn: string) {
  // Dashboards are of no region.
  const boardName = /^dashboard\/(.+)$/.exec(ownResource(arn, 'cloudwatch', { ...tx.scope, region: '' }) ?? '')?.[1]
  const alarmName = /^alarm:(.+)$/.exec(ownResource(arn, 'cloudwatch', tx.scope) ?? '')?.[1]
  if (alarmName !== undefined) {
    const found = await tx.get(alarm(alarmName))
    if (found) return { alarm: found, tags: found.tags }
  } else if (boardName !== undefined) {
    const found = await tx.get(dashboard(boardName))
    if (found) return { board: found, tags: found.tags }
  } else throw awsError('InvalidParameterValue', `${arn} is not the ARN of an alarm or dashboard.`)
  throw awsError('ResourceNotFoundException', `${arn} does not exist.`, { status: 404 })
}

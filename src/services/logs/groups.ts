import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { newGroup } from '../../telemetry/log-sink.ts'
import { accountProtection, group, type LogGroup, storedBytes } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { checkKey } from './encryption.ts'
import { findGroup, groupArn, groupResource, nameOf, nameOfToken, pageSize } from './find.ts'
import { checkTags } from './tags.ts'

const hourMs = 3_600_000

/** What PutRetentionPolicy accepts, in days. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Log groups. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html */
export const groups = operations<Api>()({
  CreateLogGroup: {
    authorize: ({ logGroupName, tags }, ctx) => [
      { action: 'logs:CreateLogGroup', resource: groupResource(ctx, logGroupName), context: requestTags(tags) },
      ...(tags
        ? [{ action: 'logs:TagResource', resource: groupArn(ctx.scope, logGroupName), context: requestTags(tags) }]
        : []),
    ],
    async write(tx, input, ctx) {
      const name = input.logGroupName
      if (await tx.get(group(name)))
        throw awsError('ResourceAlreadyExistsException', 'The specified log group already exists')
      checkTags(input.tags ?? {})
      if (input.kmsKeyId !== undefined) checkKey(input.kmsKeyId)
      tx.set(group(name), {
        ...newGroup(name, ctx.nowMs, ctx.ids),
        kmsKeyId: input.kmsKeyId,
        logClass: input.logGroupClass ?? 'STANDARD',
        deletionProtection: input.deletionProtectionEnabled ?? false,
        tags: input.tags ?? {},
      })
      return {}
    },
  },

  DeleteLogGroup: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:DeleteLogGroup', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, { logGroupName }, ctx) {
      const found = await findGroup(tx, logGroupName)
      if (found.deletionProtection) {
        throw awsError(
          'ValidationException',
          `The log group ${logGroupName} has deletion protection. Turn it off with PutLogGroupDeletionProtection first.`,
        )
      }
      tx.delete(group(logGroupName))
      ctx.host.deliveries.schedule(tx, { kind: 'logs:drop', scope: ctx.scope, data: { generation: found.generation } })
      return {}
    },
  },

  DescribeLogGroups: {
    // The table of actions knows no resource of it, but the service asks on the group and stream without a name, and
    // says so when it refuses. A policy on every group of the account, as many are written, allows it.
    authorize: (_, ctx) => [{ action: 'logs:DescribeLogGroups', resource: `${groupArn(ctx.scope, '')}:log-stream:` }],
    async read(tx, input, ctx) {
      if (input.accountIdentifiers?.length || input.includeLinkedAccounts) {
        throw awsError(
          'InvalidParameterException',
          'accountIdentifiers and includeLinkedAccounts need cross-account observability, which Landfall does not have.',
        )
      }
      if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
        throw awsError(
          'InvalidParameterException',
          'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
        )
      }
      const limit = pageSize(input.limit, 50)
      const prefix = input.logGroupNamePrefix ?? ''
      const found: LogGroup[] = []
      let more = false
      if (input.logGroupIdentifiers) {
        for (const one of await tx.getMany(input.logGroupIdentifiers.map((id) => group(nameOf(id, tx.scope)))))
          if (one) found.push(one)
      } else {
        const after = input.nextToken === undefined ? undefined : nameOfToken(input.nextToken)
        for await (const { key, value } of tx.range(
          group.between([], after === undefined ? { from: [prefix] } : { after: [after] }),
        )) {
          if (!key[0].startsWith(prefix)) break
          if (input.logGroupNamePattern && !key[0].toLowerCase().includes(input.logGroupNamePattern.toLowerCase()))
            continue
          if (input.logGroupClass && value.logClass !== input.logGroupClass) continue
          if (found.length === limit) {
            more = true
            break
          }
          found.push(value)
        }
      }
      return {
        logGroups: await Promise.all(found.map((one) => describe(tx, ctx.scope, one))),
        nextToken: more ? toPageToken(found.at(-1)!.name) : undefined,
      }
    },
  },

  ListLogGroups: {
    authorize: () => [{ action: 'logs:ListLogGroups', resource: '*' }],
    async read(tx, input, ctx) {
      for (const name of [
        'accountIdentifiers',
        'includeLinkedAccounts',
        'dataSources',
        'fieldIndexNames',
        'logGroupTags',
      ] as const) {
        const given = input[name]
        if (given === true || (Array.isArray(given) && given.length > 0))
          throw awsError('InvalidParameterException', `${name} is not supported by Landfall. Leave it out.`)
      }
      const limit = pageSize(input.limit, 1_000)
      const matches = namePattern(input.logGroupNamePattern ?? '')
      const after = input.nextToken === undefined ? undefined : nameOfToken(input.nextToken)
      const page: LogGroup[] = []
      for await (const { value } of tx.range(group.between([], after === undefined ? {} : { after: [after] }))) {
        if (!matches(value.name) || (input.logGroupClass && value.logClass !== input.logGroupClass)) continue
        page.push(value)
        if (page.length > limit) break
      }
      return {
        logGroups: page.slice(0, limit).map(({ name, logClass }) => ({
          logGroupName: name,
          logGroupArn: groupArn(ctx.scope, name),
          logGroupClass: logClass,
        })),
        nextToken: page.length > limit ? toPageToken(page[limit - 1]!.name) : undefined,
      }
    },
  },

  PutRetentionPolicy: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:PutRetentionPolicy', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, { logGroupName, retentionInDays }, ctx) {
      if (!retentions.includes(retentionInDays)) {
        throw awsError('InvalidParameterException', `retentionInDays must be one of ${retentions.join(', ')}.`)
      }
      tx.set(group(logGroupName), { ...(await findGroup(tx, logGroupName)), retentionDays: retentionInDays })
      // At the hour: setting it again puts nothing off.
      ctx.host.deliveries.schedule(tx, {
        kind: 'logs:retain',
        scope: ctx.scope,
        key: 'hourly',
        data: {},
        dueAtMs: (Math.floor(ctx.nowMs / hourMs) + 1) * hourMs,
      })
      return {}
    },
  },

  DeleteRetentionPolicy: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:DeleteRetentionPolicy', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, { logGroupName }) {
      tx.set(group(logGroupName), { ...(await findGroup(tx, logGroupName)), retentionDays: undefined })
      return {}
    },
  },

  PutLogGroupDeletionProtection: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      {
        action: 'logs:PutLogGroupDeletionProtection',
        resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)),
      },
    ],
    async write(tx, { logGroupIdentifier, deletionProtectionEnabled }) {
      const found = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      tx.set(group(found.name), { ...found, deletionProtection: deletionProtectionEnabled })
      return {}
    },
  },
})

async function describe(tx: ReadTx, scope: Scope, found: LogGroup) {
  const arn = groupArn(scope, found.name)
  return {
    logGroupName: found.name,
    creationTime: found.createdAtMs,
    retentionInDays: found.retentionDays,
    metricFilterCount: found.metricFilters?.length ?? 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes: await tx.count(storedBytes(found.generation)),
    kmsKeyId: found.kmsKeyId,
    inheritedProperties: (await tx.get(accountProtection())) && ['ACCOUNT_DATA_PROTECTION' as const],
    dataProtectionStatus: found.protection && ('ACTIVATED' as const),
    logGroupClass: found.logClass,
    deletionProtectionEnabled: found.deletionProtection,
  }
}

/** `^prefix`, or text anywhere, and several of them with `|` between; without regard to letters in regular expressions. */
function namePattern(text: string): (name: string) => boolean {
  const parts = text.split('|').map((part) => (part.startsWith('^') ? { prefix: part.slice(1) } : { text: part }))
  return (name) => parts.some((part) => ('prefix' in part ? name.startsWith(part.prefix) : name.includes(part.text)))
}

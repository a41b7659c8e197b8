import { isDeepStrictEqual } from 'node:util'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { archiveBeginsMs, withArchive } from './archive.ts'
import { invalid, locateTopic, parseTopicArn, topicArn } from './names.ts'
import { counted, type Topic, type TopicSettings, topic } from './state.ts'
import { checkTags } from './tags.ts'
import { describeTopic, readBoolean, withAttribute } from './topic-attributes.ts'

const pageSize = 100

/** Topics themselves: made, found, listed, configured, deleted. */
export const topics = operations<Api>()({
  CreateTopic: {
    authorize: ({ Name, Tags }, ctx) => {
      const resource = topicArn(ctx.scope, Name)
      const context = requestTags(tagsOfList(Tags))
      const creating = { action: 'sns:CreateTopic', resource, context }
      return Tags && Tags.length > 0 ? [creating, { action: 'sns:TagResource', resource, context }] : [creating]
    },
    async write(tx, input, ctx) {
      const { Name, Tags } = input
      if (input.DataProtectionPolicy !== undefined) {
        throw invalid('DataProtectionPolicy Reason: It is not supported by Landfall.')
      }
      const { fifo, given } = checkName(input)
      const tags = tagsOfList(Tags)
      checkTags(tags)
      const arn = topicArn(ctx.scope, Name)
      const existing = await tx.get(topic(Name))
      if (existing) {
        // Making it again is fine as long as it asks for nothing else than what is there.
        if (!isDeepStrictEqual(applied(existing.settings, given, fifo), existing.settings)) {
          throw invalid('Attributes Reason: Topic already exists with different attributes')
        }
        if (Tags && !isDeepStrictEqual(tags, { ...existing.tags })) {
          throw invalid('Tags Reason: Topic already exists with different tags')
        }
        return { TopicArn: arn }
      }
      const made: Topic = {
        name: Name,
        generation: ctx.ids.token(12, lowerAlphanumeric),
        createdAtMs: ctx.nowMs,
        fifo,
        settings: applied({ displayName: '' }, given, fifo),
        tags,
      }
      tx.set(topic(Name), withArchive(tx, made, ctx.nowMs, ctx.host))
      return { TopicArn: arn }
    },
  },

  DeleteTopic: {
    authorize: ({ TopicArn }) => [{ action: 'sns:DeleteTopic', resource: TopicArn }],
    async write(tx, { TopicArn }, ctx) {
      const { name, scope } = parseTopicArn(TopicArn, ctx.region)
      const home = tx.in(scope)
      const found = await home.get(topic(name))
      // Deleting what is gone is done.
      if (!found) return {}
      if (found.settings.archiveDays !== undefined) {
        throw awsError('InvalidStateException', 'The topic has an archive: end it first, with the ArchivePolicy {}.')
      }
      home.delete(topic(name))
      ctx.host.deliveries.schedule(home, { kind: 'sns:drop', scope, data: { generation: found.generation } })
      return {}
    },
  },

  GetTopicAttributes: {
    authorize: ({ TopicArn }) => [{ action: 'sns:GetTopicAttributes', resource: TopicArn }],
    async read(tx, { TopicArn }, ctx) {
      const { topic: found, scope, arn } = await locateTopic(tx, TopicArn)
      const beginsMs = archiveBeginsMs(found, ctx.nowMs)
      const home = tx.in(scope)
      const count = async (state: 'confirmed' | 'pending' | 'deleted') =>
        String(await home.count(counted(found.generation, state)))
      return {
        Attributes: {
          ...describeTopic(found, arn, scope.account),
          ...(beginsMs !== undefined && { BeginningArchiveTime: new Date(beginsMs).toISOString() }),
          SubscriptionsConfirmed: await count('confirmed'),
          SubscriptionsPending: await count('pending'),
          SubscriptionsDeleted: await count('deleted'),
        },
      }
    },
  },

  SetTopicAttributes: {
    authorize: ({ TopicArn }) => [{ action: 'sns:SetTopicAttributes', resource: TopicArn }],
    async write(tx, { TopicArn, AttributeName, AttributeValue = '' }, ctx) {
      const { topic: found, scope } = await locateTopic(tx, TopicArn)
      const settings = withAttribute(found.settings, AttributeName, AttributeValue, found.fifo)
      const home = tx.in(scope)
      home.set(topic(found.name), withArchive(home, { ...found, settings }, ctx.nowMs, ctx.host))
      return {}
    },
  },

  ListTopics: {
    authorize: () => [{ action: 'sns:ListTopics', resource: '*' }],
    async read(tx, { NextToken }, ctx) {
      const range = NextToken === undefined ? topic.under() : topic.between([], { after: [pageStart(NextToken)] })
      const names: string[] = []
      for await (const [name] of tx.keys(range, { limit: pageSize + 1 })) names.push(name)
      const page = names.slice(0, pageSize)
      return {
        Topics: page.map((name) => ({ TopicArn: topicArn(ctx.scope, name) })),
        NextToken: names.length > pageSize ? toPageToken(page.at(-1) ?? '') : undefined,
      }
    },
  },
})

/** Where the page of a token begins. Throws InvalidParameter. */
export function pageStart(token: string): string {
  const start = fromPageToken(token)
  if (!start) throw invalid('NextToken')
  return start[0]
}

function applied(before: TopicSettings, given: readonly (readonly [string, string])[], fifo: boolean): TopicSettings {
  return given.reduce((settings, [name, value]) => withAttribute(settings, name, value, fifo), before)
}

/** Whether it is to be a FIFO topic, and the other attributes. */
function checkName({ Name, Attributes = {} }: Pick<InputFor<Api, 'CreateTopic'>, 'Name' | 'Attributes'>) {
  const { FifoTopic, ...rest } = Attributes as Record<string, string>
  const fifo = FifoTopic !== undefined && readBoolean('FifoTopic', FifoTopic)
  if (fifo && !/^[\w-]{1,251}\.fifo$/.test(Name)) {
    throw invalid('Topic Name Reason: Names of FIFO topics end with .fifo, before it letters, digits, _ and -.')
  }
  if (!fifo && !/^[\w-]{1,256}$/.test(Name)) throw invalid('Topic Name')
  return { fifo, given: Object.entries(rest) }
}

import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readWithDefaults, withDefaults } from './defaults.ts'
import { filtering, fromToken, toToken } from './describe.ts'
import {
  invalidValue,
  noAllocation,
  noGateway,
  noGroup,
  noNat,
  noRule,
  noSubnet,
  noTable,
  noVpc,
  unlessDryRun,
} from './errors.ts'
import { arnOf, type Kind, kindOf } from './names.ts'
import {
  address,
  groupOfRule,
  internetGateway,
  natGateway,
  routeTable,
  securityGroup,
  subnet,
  tag,
  vpc,
} from './state.ts'
import { setTags, tagsOf } from './tagging.ts'

const mostAtOnce = 1_000

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
export const tags = operations<Api>()({
  CreateTags: {
    authorize: ({ Resources, Tags }, ctx, tx) => onEach(tx, ctx, 'CreateTags', Resources, requestTags(tagRecord(Tags))),
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      for (const id of input.Resources) {
        await mustExist(tx, id)
        await setTags(tx, id, tagRecord(input.Tags), ctx)
      }
      return {}
    },
  },

  DeleteTags: {
    authorize: ({ Resources, Tags }, ctx, tx) =>
      onEach(tx, ctx, 'DeleteTags', Resources, { 'aws:TagKeys': (Tags ?? []).map(({ Key = '' }) => Key) }),
    async write(tx, input, ctx) {
      unlessDryRun(input)
      await withDefaults(tx, ctx)
      for (const id of input.Resources) {
        await mustExist(tx, id)
        const own = await tagsOf(tx, id)
        const asked = input.Tags?.length ? input.Tags : Object.keys(own).map((Key) => ({ Key }))
        for (const { Key = '', ...rest } of asked) {
          if (/^aws:/i.test(Key) && ctx.wire) {
            if (input.Tags?.length) throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
            continue
          }
          // With a value, even an empty one, only a tag of that value goes.
          if ('Value' in rest && rest.Value !== undefined && own[Key] !== rest.Value) continue
          tx.delete(tag(id, Key))
        }
      }
      return {}
    },
  },

  DescribeTags: {
    authorize: () => [{ action: 'ec2:DescribeTags', resource: '*' }],
    async call(input, ctx) {
      unlessDryRun(input)
      const keep = filtering<{ id: string; key: string; value: string }>(input.Filters, {
        'resource-id': ({ id }) => [id],
        'resource-type': ({ id }) => [kindOf(id)],
        key: ({ key }) => [key],
        value: ({ value }) => [value],
      })
      const [afterId, afterKey] = input.NextToken === undefined ? [] : fromToken(input.NextToken).split('\n')
      const bounds = afterId === undefined ? {} : { after: [afterId, afterKey ?? ''] }
      const max = Math.min(input.MaxResults ?? mostAtOnce, mostAtOnce)
      return readWithDefaults(ctx, async (tx) => {
        const found = []
        let last = ''
        for await (const { key: parts, value } of tx.range(tag.between([], bounds))) {
          const [id, key] = parts
          if (!keep({ id, key, value }, { [key]: value })) continue
          if (found.length === max) return { Tags: found, NextToken: toToken(last) }
          found.push({ ResourceId: id, ResourceType: kindOf(id), Key: key, Value: value })
          last = `${id}\n${key}`
        }
        return { Tags: found }
      })
    },
  },
})

const tagRecord = (list: readonly { Key?: string; Value?: string }[]) =>
  Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]))

async function onEach(
  tx: ReadTx,
  ctx: Ctx,
  action: string,
  ids: readonly string[],
  context: Readonly<Record<string, string | number | boolean | readonly string[]>>,
) {
  return Promise.all(
    ids.map(async (id) => ({
      action: `ec2:${action}`,
      // An id of no kind that is here is named as what it may be; the operation then says what is wrong with it.
      resource: arnOf(ctx, kindOf(id) ?? 'vpc', id),
      resourceTags: await tagsOf(tx, id),
      context,
    })),
  )
}

const missing: Readonly<Record<Kind, (id: string) => Error>> = {
  vpc: noVpc,
  subnet: noSubnet,
  'security-group': noGroup,
  'security-group-rule': noRule,
  'internet-gateway': noGateway,
  'route-table': noTable,
  natgateway: noNat,
  'elastic-ip': noAllocation,
}

async function mustExist(tx: ReadTx, id: string): Promise<void> {
  const kind = kindOf(id)
  if (kind === undefined) throw awsError('InvalidID', `The ID '${id}' is not valid`)
  const key = {
    vpc: vpc(id),
    subnet: subnet(id),
    'security-group': securityGroup(id),
    'security-group-rule': groupOfRule(id),
    'internet-gateway': internetGateway(id),
    'route-table': routeTable(id),
    natgateway: natGateway(id),
    'elastic-ip': address(id),
  }[kind]
  if ((await tx.get<unknown>(key)) === undefined) throw missing[kind](id)
}

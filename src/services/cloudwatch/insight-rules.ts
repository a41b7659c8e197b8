import { formatArn } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readDefinition } from './insight-rule-definition.ts'
import { type InsightRule, insightRule, isEnabled } from './insight-rule-state.ts'
import { checkTags, readTags } from './tags.ts'

/** The service's quota. */
const mostRules = 100
/** How often a rule's being switched is remembered; what came before counts as not looked at. */
const mostSpans = 100

/** Contributor Insights rules. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights.html */
export const insightRules = operations<Api>()({
  PutInsightRule: {
    authorize({ RuleName, RuleDefinition, Tags }, ctx) {
      const resource = insightRuleArn(ctx.scope, RuleName)
      const context = {
        ...requestTags(readTags(Tags)),
        'cloudwatch:requestInsightRuleLogGroups': groupsIn(RuleDefinition),
      }
      return [
        { action: 'cloudwatch:PutInsightRule', resource, context },
        ...(Tags?.length ? [{ action: 'cloudwatch:TagResource', resource, context: requestTags(readTags(Tags)) }] : []),
      ]
    },
    async write(tx, { RuleName: name, RuleState, RuleDefinition, Tags, ApplyOnTransformedLogs = false }, { nowMs }) {
      if (RuleState !== undefined && RuleState !== 'ENABLED' && RuleState !== 'DISABLED')
        throw awsError('InvalidParameterValue', 'RuleState must be ENABLED or DISABLED.')
      readDefinition(RuleDefinition)
      const before = await tx.get(insightRule(name))
      if (!before) await checkRoom(tx)
      const tags = before?.tags ?? readTags(Tags)
      checkTags(tags)
      const isSame = before?.definition === RuleDefinition && before.onTransformed === ApplyOnTransformedLogs
      const made: InsightRule = {
        name,
        definition: RuleDefinition,
        onTransformed: ApplyOnTransformedLogs,
        spans: isSame ? before.spans : [],
        tags,
      }
      tx.set(insightRule(name), switched(made, RuleState !== 'DISABLED', nowMs))
      return {}
    },
  },

  DescribeInsightRules: {
    authorize: () => [{ action: 'cloudwatch:DescribeInsightRules', resource: '*' }],
    async read(tx, { NextToken, MaxResults = 500 }) {
      const bounds = boundsOfPage(NextToken, () => awsError('InvalidNextToken', 'The next token is invalid.'))
      const found = tx.range(insightRule.between([], bounds), { limit: MaxResults + 1 })
      const { items, next } = await pageOf(found, MaxResults, ({ key }) => key)
      return { InsightRules: items.map(({ value }) => describe(value)), NextToken: next }
    },
  },

  EnableInsightRules: {
    authorize: ({ RuleNames }, ctx) => each('EnableInsightRules', RuleNames, ctx),
    write: (tx, { RuleNames }, { nowMs }) =>
      change(tx, RuleNames, (rule) => tx.set(insightRule(rule.name), switched(rule, true, nowMs))),
  },
  DisableInsightRules: {
    authorize: ({ RuleNames }, ctx) => each('DisableInsightRules', RuleNames, ctx),
    write: (tx, { RuleNames }, { nowMs }) =>
      change(tx, RuleNames, (rule) => tx.set(insightRule(rule.name), switched(rule, false, nowMs))),
  },
  DeleteInsightRules: {
    authorize: ({ RuleNames }, ctx) => each('DeleteInsightRules', RuleNames, ctx),
    write: (tx, { RuleNames }) => change(tx, RuleNames, ({ name }) => tx.delete(insightRule(name))),
  },
})

export function insightRuleArn({ region, account }: Scope, name: string): string {
  return formatArn('cloudwatch', region, account, `insight-rule/${name}`)
}

/** The rule. Throws ResourceNotFoundException. */
export async function findRule(tx: ReadTx, name: string): Promise<InsightRule> {
  const found = await tx.get(insightRule(name))
  if (!found) throw awsError('ResourceNotFoundException', `The insight rule ${name} does not exist.`, { status: 404 })
  return found
}

function each(operation: string, names: readonly string[], { scope }: Ctx) {
  return names.map((name) => ({ action: `cloudwatch:${operation}`, resource: insightRuleArn(scope, name) }))
}

/** What conditions of policies may limit; a definition that can't be read is refused when it is put. */
function groupsIn(definition: string): string[] {
  try {
    return [...readDefinition(definition).groups]
  } catch {
    return []
  }
}

function switched(rule: InsightRule, on: boolean, nowMs: number): InsightRule {
  if (isEnabled(rule) === on) return rule
  const last = rule.spans.at(-1)
  if (on) return { ...rule, spans: [...rule.spans, { fromMs: nowMs }].slice(-mostSpans) }
  return last ? { ...rule, spans: [...rule.spans.slice(0, -1), { fromMs: last.fromMs, toMs: nowMs }] } : rule
}

async function change(tx: Tx, names: readonly string[], to: (rule: InsightRule) => void) {
  const found = await tx.getMany(names.map((name) => insightRule(name)))
  const missing = names.filter((_, index) => !found[index])
  for (const rule of found) if (rule) to(rule)
  const Failures = missing.map((name) => ({
    FailureResource: name,
    ExceptionType: 'ResourceNotFoundException',
    FailureCode: '404',
    FailureDescription: `The insight rule ${name} does not exist.`,
  }))
  return { Failures }
}

async function checkRoom(tx: Tx): Promise<void> {
  if ((await countUpTo(tx, insightRule.under(), mostRules)) >= mostRules)
    throw awsError('LimitExceededException', `There are ${mostRules} insight rules already.`)
}

function describe(rule: InsightRule) {
  return {
    Name: rule.name,
    State: isEnabled(rule) ? 'ENABLED' : 'DISABLED',
    Schema: '{"Name":"CloudWatchLogRule","Version":1}',
    Definition: rule.definition,
    ManagedRule: false,
    ApplyOnTransformedLogs: rule.onTransformed,
  }
}

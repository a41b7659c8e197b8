import { formatArn } from '../../kernel/arn.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { type Tags, tagInput, tagsOf, updateTags } from './resource-tagging.ts'

interface Properties {
  RuleName: string
  RuleState: string
  RuleBody: string
  ApplyOnTransformedLogs?: boolean
  Tags?: Tags
}

interface Found {
  readonly Name: string
  readonly State: string
  readonly Definition: string
  readonly ApplyOnTransformedLogs: boolean
}

const nameOf = (arn: string) => arn.slice(arn.indexOf(':insight-rule/') + ':insight-rule/'.length)
const arnOf = (name: string, rx: ResourceReader) =>
  formatArn('cloudwatch', rx.region, rx.account, `insight-rule/${name}`)
const inputOf = ({ RuleBody, Tags: _, ...rest }: Properties) => ({ ...rest, RuleDefinition: RuleBody })

async function find(arn: string, rx: ResourceReader): Promise<Found | undefined> {
  const { InsightRules = [] } = await rx.invoke<{ InsightRules?: Found[] }>('cloudwatch:DescribeInsightRules', {})
  return InsightRules.find(({ Name }) => Name === nameOf(arn))
}

const state = (id: string) => ({ id, attributes: { Arn: id, RuleName: nameOf(id) } })

export const insightRuleResources = {
  'AWS::CloudWatch::InsightRule': resource<Properties>({
    properties: ['RuleName', 'RuleState', 'RuleBody', 'ApplyOnTransformedLogs', 'Tags'],
    async create(props, rx) {
      await rx.invoke('cloudwatch:PutInsightRule', { ...inputOf(props), ...tagInput(resourceTags(props.Tags, rx)) })
      return state(arnOf(props.RuleName, rx))
    },
    async update(id, props, previous, rx) {
      await rx.invoke('cloudwatch:PutInsightRule', inputOf(props))
      await updateTags(id, props.Tags, previous.Tags, rx)
      return state(id)
    },
    async delete(id, _props, rx) {
      await rx.invoke('cloudwatch:DeleteInsightRules', { RuleNames: [nameOf(id)] })
    },
    async read(id, _props, rx) {
      const found = await find(id, rx)
      if (!found) return undefined
      return {
        RuleName: found.Name,
        RuleState: found.State,
        RuleBody: found.Definition,
        ApplyOnTransformedLogs: found.ApplyOnTransformedLogs,
        Tags: await tagsOf(id, rx),
      }
    },
    adopt: state,
  }),
}

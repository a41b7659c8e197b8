import { formatArn } from '../../kernel/arn.ts'
import { members } from '../../kernel/live-properties.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { ignoreMissing, type Tags, tagInput, tagsOf, updateTags } from './resource-tagging.ts'
import { instant } from './resource-times.ts'

interface Properties {
  Name?: string
  Description?: string
  Rule: { Schedule: object }
  MuteTargets?: { AlarmNames: string[] }
  StartDate?: string
  ExpireDate?: string
  Tags?: Tags
}

interface Found {
  readonly AlarmMuteRuleArn: string
  readonly Status: string
  readonly MuteType: string
  readonly LastUpdatedTimestamp: Date
  readonly StartDate?: Date
  readonly ExpireDate?: Date
  readonly MuteTargets?: { readonly AlarmNames: readonly string[] }
}

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('alarm-mute-rule:') + 'alarm-mute-rule:'.length)
const find = (arn: string, rx: ResourceReader) =>
  rx.invoke<Found>('cloudwatch:GetAlarmMuteRule', { AlarmMuteRuleName: nameOf(arn) })

function inputOf({ Name: _, Tags: __, StartDate, ExpireDate, ...props }: Properties) {
  return {
    ...props,
    StartDate: StartDate === undefined ? undefined : instant(StartDate),
    ExpireDate: ExpireDate === undefined ? undefined : instant(ExpireDate),
  }
}

async function state(id: string, rx: ResourceReader) {
  const { AlarmMuteRuleArn: Arn, Status, MuteType, LastUpdatedTimestamp } = await find(id, rx)
  return { id, attributes: { Arn, Status, MuteType, LastUpdatedTimestamp: LastUpdatedTimestamp.toISOString() } }
}

export const muteResources = {
  'AWS::CloudWatch::AlarmMuteRule': resource<Properties>({
    properties: ['Name', 'Description', 'Rule', 'MuteTargets', 'StartDate', 'ExpireDate', 'Tags'],
    async create(props, rx) {
      const Name = props.Name ?? rx.name({ maxLength: 255 })
      const input = { ...inputOf(props), Name, ...tagInput(resourceTags(props.Tags, rx)) }
      await rx.invoke('cloudwatch:PutAlarmMuteRule', input)
      return state(formatArn('cloudwatch', rx.region, rx.account, `alarm-mute-rule:${Name}`), rx)
    },
    async update(id, props, previous, rx) {
      await rx.invoke('cloudwatch:PutAlarmMuteRule', { ...inputOf(props), Name: nameOf(id) })
      await updateTags(id, props.Tags, previous.Tags, rx)
      return state(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('cloudwatch:DeleteAlarmMuteRule', { AlarmMuteRuleName: nameOf(id) })
    },
    async read(id, _props, rx) {
      const found = await find(id, rx).catch(ignoreMissing)
      if (!found) return undefined
      const { StartDate, ExpireDate, MuteTargets } = found
      return {
        ...members(found, ['Name', 'Description', 'Rule']),
        MuteTargets: MuteTargets?.AlarmNames.length ? MuteTargets : undefined,
        StartDate: StartDate?.toISOString(),
        ExpireDate: ExpireDate?.toISOString(),
        Tags: await tagsOf(id, rx),
      }
    },
    adopt: state,
  }),
}

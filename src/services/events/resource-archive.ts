import { formatArn } from '../../kernel/arn.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { resource } from '../../kernel/resource.ts'
import { ignoreMissing } from './resource-reads.ts'

interface ArchiveProperties {
  readonly ArchiveName?: string
  readonly SourceArn: string
  readonly Description?: string
  readonly EventPattern?: object
  readonly RetentionDays?: number
}

/** Matches every event: what stands for no pattern where there was one. */
const every = JSON.stringify({ source: [{ exists: true }] })

export const archiveResources = {
  'AWS::Events::Archive': resource<ArchiveProperties>({
    properties: ['ArchiveName', 'SourceArn', 'Description', 'EventPattern', 'RetentionDays'],
    async create(props, rx) {
      const ArchiveName = props.ArchiveName ?? rx.name({ maxLength: 48 })
      await rx.invoke('events:CreateArchive', { ArchiveName, EventSourceArn: props.SourceArn, ...settings(props) })
      return state(ArchiveName, rx)
    },
    async update(id, props, previous, rx) {
      // Of what is not said any more, that of a new archive: what is left out of an update stays.
      const unsaid = {
        ...(previous.Description !== undefined && { Description: '' }),
        ...(previous.RetentionDays !== undefined && { RetentionDays: 0 }),
      }
      if (previous.EventPattern === undefined || props.EventPattern !== undefined) {
        await rx.invoke('events:UpdateArchive', { ArchiveName: id, ...unsaid, ...settings(props) })
        return state(id, rx)
      }
      // The API takes a pattern, and nothing that would take it away.
      const given = { ArchiveName: id, ...unsaid, ...settings(props), EventPattern: every }
      await rx.invoke('events:UpdateArchive', given)
      return state(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('events:DeleteArchive', { ArchiveName: id }).catch(ignoreMissing)
    },
    async read(id, _props, rx) {
      const found = await rx
        .invoke<{ EventSourceArn: string; EventPattern?: string }>('events:DescribeArchive', { ArchiveName: id })
        .catch(ignoreMissing)
      if (!found) return undefined
      const EventPattern = found.EventPattern === every ? undefined : found.EventPattern
      return {
        ...members(found, ['ArchiveName', 'Description', 'RetentionDays']),
        ...{ SourceArn: found.EventSourceArn, EventPattern },
      }
    },
    adopt: state,
    list: listing('events:ListArchives', { items: 'Archives', id: 'ArchiveName' }),
  }),
}

function settings({ Description, EventPattern, RetentionDays }: ArchiveProperties) {
  return {
    ...(Description !== undefined && { Description }),
    ...(EventPattern !== undefined && { EventPattern: JSON.stringify(EventPattern) }),
    ...(RetentionDays !== undefined && { RetentionDays }),
  }
}

function state(name: string, { region, account }: { readonly region: string; readonly account: string }) {
  return { id: name, attributes: { Arn: formatArn('events', region, account, `archive/${name}`) } }
}

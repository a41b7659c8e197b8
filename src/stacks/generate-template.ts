import type { GeneratedResource } from './generate.ts'
import { canName, type KnownAs, mentionOf } from './relations.ts'

export interface TemplatePart extends GeneratedResource {
  readonly logicalId: string
  readonly type: string
  readonly knownAs: readonly KnownAs[]
}

export interface Generated {
  readonly Metadata: object
  readonly Parameters?: object
  readonly Resources: Readonly<Record<string, object>>
}

export interface TemplateOptions {
  readonly templateId: string
  readonly deletionPolicy: 'Delete' | 'Retain'
  readonly updateReplacePolicy: 'Delete' | 'Retain'
}

/** A template of resources that are there: what names another of them becomes a reference, unless that made a circle. */
export function generateTemplate(parts: readonly TemplatePart[], options: TemplateOptions): Generated {
  const byValue = new Map<string, { readonly part: TemplatePart; readonly name: KnownAs }[]>()
  for (const part of parts) {
    for (const name of part.knownAs) byValue.set(name.value, [...(byValue.get(name.value) ?? []), { part, name }])
  }
  const edges = new Map<string, Set<string>>(parts.map(({ logicalId }) => [logicalId, new Set<string>()]))
  const refer = (from: TemplatePart, text: string, key: string | undefined): unknown => {
    const mention = mentionOf(text, key)
    if (mention?.value !== text) return text
    const found = byValue.get(text)?.find(({ part }) => canName(mention, part.type))
    if (!found || from.knownAs.some(({ value }) => value === text)) return text
    const to = found.part.logicalId
    if (reaches(to, from.logicalId, edges)) return text
    edges.get(from.logicalId)?.add(to)
    const { attribute } = found.name
    return attribute === undefined ? { Ref: to } : { 'Fn::GetAtt': [to, attribute] }
  }
  const linked = (from: TemplatePart, value: unknown, key: string | undefined): unknown => {
    if (typeof value === 'string') return refer(from, value, key)
    if (Array.isArray(value)) return value.map((item) => linked(from, item, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, linked(from, item, name)]))
  }
  const parameters = Object.assign({}, ...parts.map((part) => part.parameters)) as object
  return {
    Metadata: { TemplateId: options.templateId },
    ...(Object.keys(parameters).length > 0 && { Parameters: parameters }),
    Resources: Object.fromEntries(
      parts.map((part) => [
        part.logicalId,
        {
          Type: part.type,
          DeletionPolicy: options.deletionPolicy,
          UpdateReplacePolicy: options.updateReplacePolicy,
          Properties: linked(part, part.properties, undefined),
        },
      ]),
    ),
  }
}

function reaches(from: string, to: string, edges: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set<string>()
  const left = [from]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (at === to) return true
    if (seen.has(at)) continue
    seen.add(at)
    left.push(...(edges.get(at) ?? []))
  }
  return false
}

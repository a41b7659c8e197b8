import { lookUntil } from '../../kernel/look-again.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'
import { describe, same } from './resource-description.ts'

/** A global secondary index of a template's table. */
export interface GlobalIndex {
  IndexName: string
  KeySchema: object[]
  Projection: object
  ProvisionedThroughput?: object
  OnDemandThroughput?: object
  ContributorInsightsSpecification?: { Enabled: boolean }
}

/** A vector index of a template's table, as the API takes it. */
export interface VectorIndexProperties {
  IndexName: string
}

interface IndexedProperties {
  readonly AttributeDefinitions?: readonly object[]
  readonly GlobalSecondaryIndexes?: readonly GlobalIndex[]
  readonly VectorIndexes?: readonly VectorIndexProperties[]
}

/** An index as the API takes it. */
export function indexInput({ ContributorInsightsSpecification: _, ...index }: GlobalIndex): object {
  return index
}

/** Indexes come and go one at a time, each once the one before is done. */
export async function changeIndexes(
  name: string,
  props: IndexedProperties,
  previous: IndexedProperties,
  rx: ResourceCtx,
): Promise<void> {
  const { AttributeDefinitions: attributes } = props
  await changeKind<GlobalIndex>(name, rx, {
    property: 'GlobalSecondaryIndexes',
    wanted: props.GlobalSecondaryIndexes,
    before: previous.GlobalSecondaryIndexes,
    isSame: (a, b) => same(a.KeySchema, b.KeySchema) && same(a.Projection, b.Projection),
    updates: (update) => ({ GlobalSecondaryIndexUpdates: [update] }),
    creation: indexInput,
    attributes,
  })
  await changeKind<VectorIndexProperties>(name, rx, {
    property: 'VectorIndexes',
    wanted: props.VectorIndexes,
    before: previous.VectorIndexes,
    isSame: same,
    updates: (update) => ({ VectorIndexUpdates: [update] }),
    creation: (index) => index,
    attributes,
  })
}

interface Kind<I> {
  readonly property: 'GlobalSecondaryIndexes' | 'VectorIndexes'
  readonly wanted: readonly I[] | undefined
  readonly before: readonly I[] | undefined
  /** Whether two indexes of one name can be one. */
  isSame(a: I, b: I): boolean
  updates(update: object): object
  creation(index: I): object
  readonly attributes: readonly object[] | undefined
}

async function changeKind<I extends { IndexName: string }>(
  name: string,
  rx: ResourceCtx,
  kind: Kind<I>,
): Promise<void> {
  const wanted = new Map((kind.wanted ?? []).map((index) => [index.IndexName, index]))
  const before = new Map((kind.before ?? []).map((index) => [index.IndexName, index]))
  if (wanted.size === 0 && before.size === 0) return
  const present = new Set(((await describe(name, rx))[kind.property] ?? []).map(({ IndexName }) => IndexName))
  const gone = [...present].filter((index) => {
    const next = wanted.get(index)
    const old = before.get(index)
    return !next || (old && !kind.isSame(next, old))
  })
  for (const IndexName of gone) {
    await rx.invoke('dynamodb:UpdateTable', { TableName: name, ...kind.updates({ Delete: { IndexName } }) })
    await indexesSettled(name, rx)
  }
  for (const [IndexName, index] of wanted) {
    if (present.has(IndexName) && !gone.includes(IndexName)) continue
    await rx.invoke('dynamodb:UpdateTable', {
      TableName: name,
      AttributeDefinitions: kind.attributes,
      ...kind.updates({ Create: kind.creation(index) }),
    })
    await indexesSettled(name, rx)
  }
}

async function indexesSettled(name: string, rx: ResourceCtx): Promise<void> {
  await lookUntil(rx, async () => {
    const { GlobalSecondaryIndexes = [], VectorIndexes = [] } = await describe(name, rx)
    return (
      [...GlobalSecondaryIndexes, ...VectorIndexes].every(({ IndexStatus }) => IndexStatus === 'ACTIVE') || undefined
    )
  })
}

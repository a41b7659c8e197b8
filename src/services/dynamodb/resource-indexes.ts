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

interface IndexedProperties {
  readonly AttributeDefinitions?: readonly object[]
  readonly GlobalSecondaryIndexes?: readonly GlobalIndex[]
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
  const wanted = new Map((props.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]))
  const before = new Map((previous.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]))
  const present = new Set(((await describe(name, rx)).GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName))
  const gone = [...present].filter((index) => {
    const next = wanted.get(index)
    const old = before.get(index)
    return !next || (old && !(same(next.KeySchema, old.KeySchema) && same(next.Projection, old.Projection)))
  })
  for (const IndexName of gone) {
    await rx.invoke('dynamodb:UpdateTable', {
      TableName: name,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }],
    })
    await indexesSettled(name, rx)
  }
  for (const [IndexName, index] of wanted) {
    if (present.has(IndexName) && !gone.includes(IndexName)) continue
    await rx.invoke('dynamodb:UpdateTable', {
      TableName: name,
      AttributeDefinitions: props.AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create: indexInput(index) }],
    })
    await indexesSettled(name, rx)
  }
}

async function indexesSettled(name: string, rx: ResourceCtx): Promise<void> {
  await lookUntil(rx, async () => {
    const { GlobalSecondaryIndexes = [] } = await describe(name, rx)
    return GlobalSecondaryIndexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE') || undefined
  })
}

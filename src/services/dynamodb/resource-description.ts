import type { ResourceReader } from '../../kernel/resource.ts'

/** What a template's table is asked about itself. */
export interface Described {
  readonly TableArn: string
  readonly TableId: string
  readonly TableStatus: string
  readonly LatestStreamArn?: string
  readonly StreamSpecification?: object
  readonly GlobalSecondaryIndexes?: readonly DescribedIndex[]
  readonly VectorIndexes?: readonly DescribedIndex[]
}

interface DescribedIndex {
  readonly IndexName: string
  readonly IndexStatus: string
}

export async function describe(name: string, rx: ResourceReader): Promise<Described> {
  return (await rx.invoke<{ Table: Described }>('dynamodb:DescribeTable', { TableName: name })).Table
}

/** Whether two properties say the same. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

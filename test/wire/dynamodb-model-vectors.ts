import { expect } from 'vitest'
import { type Game, type Item, sorted } from './dynamodb-model-actions.ts'

const near = {
  IndexName: 'near',
  VectorAttribute: { AttributeName: 'v' },
  Dimensions: 2,
  DistanceFunction: 'EUCLIDEAN',
  Projection: { ProjectionType: 'KEYS_ONLY' },
}

/** Over all items, and over those of one `gpk` with a `gsk` of one value. */
export const vectorIndexes = [
  near,
  {
    ...near,
    IndexName: 'nearOfGroup',
    DistanceFunction: 'COSINE',
    Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
    SearchSchema: [
      { AttributeName: 'gpk', SearchSchemaElementType: 'HASH' },
      { AttributeName: 'gsk', SearchSchemaElementType: 'INLINE_FILTER' },
    ],
  },
]

interface Found {
  readonly SearchResults: { readonly Item: Item; readonly Score: number }[]
}

const floats = ({ L }: NonNullable<Item['v']>) => L.map(({ N }) => Math.fround(Number(N))) as [number, number]

function euclidean([a, b]: [number, number], [c, d]: [number, number]): number {
  return Math.fround(Math.sqrt((a - c) ** 2 + (b - d) ** 2))
}

function cosine([a, b]: [number, number], [c, d]: [number, number]): number {
  const lengths = Math.sqrt((a * a + b * b) * (c * c + d * d))
  return lengths === 0 ? 1 : Math.fround(Math.max(0, 1 - (a * c + b * d) / lengths))
}

/** Searches, compared with a search of the model that looks at every item. */
export function vectorActions({
  model,
  call,
  below,
  chance,
  aVector,
}: Pick<Game, 'model' | 'call' | 'below' | 'chance'> & { aVector(): NonNullable<Item['v']> }) {
  /** The scores must be the least; which of equals comes is not said. */
  function agree(found: Found['SearchResults'], expected: { item: Item; score: number }[], TopK: number) {
    const scores = expected.map(({ score }) => score).sort((a, b) => a - b)
    expect(found.map(({ Score }) => Score)).toEqual(scores.slice(0, TopK).map((score) => expect.closeTo(score, 5)))
    for (const { Item: item, Score } of found) {
      const [text] = sorted([item])
      const same = expected.find((each) => sorted([each.item])[0] === text)
      expect(same?.score).toBeCloseTo(Score, 5)
    }
    expect(new Set(sorted(found.map(({ Item: item }) => item))).size).toBe(found.length)
  }

  return {
    async search() {
      const v = aVector()
      const TopK = 1 + below(100)
      const { SearchResults } = await call<Found>('SearchVectors', { IndexName: 'near', SearchVector: v.L, TopK })
      const expected = [...model.values()].flatMap(({ pk, sk, v: own }) =>
        own ? [{ item: { pk, sk }, score: euclidean(floats(v), floats(own)) }] : [],
      )
      agree(SearchResults, expected, TopK)
    },
    async searchGroup() {
      const v = aVector()
      const TopK = 1 + below(20)
      const group = { S: `g${below(3)}` }
      const filter = chance(2) ? { N: String(below(8)) } : undefined
      const { SearchResults } = await call<Found>('SearchVectors', {
        IndexName: 'nearOfGroup',
        SearchVector: v.L,
        TopK,
        SearchConditionExpression: filter ? 'gsk = :f AND gpk = :g' : 'gpk = :g',
        ExpressionAttributeValues: { ':g': group, ...(filter ? { ':f': filter } : {}) },
      })
      const expected = [...model.values()].flatMap(({ pk, sk, gpk, gsk, x, v: own }) =>
        own && gpk?.S === group.S && (!filter || gsk?.N === filter.N)
          ? [
              {
                item: { pk, sk, gpk, ...(gsk ? { gsk } : {}), ...(x ? { x } : {}) },
                score: cosine(floats(v), floats(own)),
              },
            ]
          : [],
      )
      agree(SearchResults, expected, TopK)
    },
  }
}

import { operations } from '../../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { canName } from '../../../stacks/relations.ts'
import { invalid } from '../../../stacks/value.ts'
import { onAnything } from '../access.ts'
import type { Api } from '../api.ts'
import { ownersOf } from '../owners.ts'
import { badToken, pageOfList } from '../page.ts'
import { digest } from './scan-job.ts'
import { type ScannedResource, scannedMention, scannedName, scannedResource } from './scan-state.ts'
import { bounded, completeScan } from './scans.ts'

/** Resources that one request looks at where filters leave few; a page may be short, or empty, and others follow. */
const mostLooked = 1_000
/** Resources that are related by one value. */
const mostRelated = 100
/** Values that one request may look up before its last resource: a hundred may ask for a million. */
const mostLookedUp = 8_000

/** What a scan has found. */
export const scannedResources = operations<Api>()({
  ListResourceScanResources: {
    authorize: () => onAnything('ListResourceScanResources'),
    async read(tx, { ResourceScanId: id, NextToken, MaxResults = 100, ...filters }, ctx) {
      await completeScan(tx, id, ctx.nowMs)
      const { ResourceIdentifier: identifier, ResourceTypePrefix: prefix = '', TagKey, TagValue } = filters
      const after = NextToken === undefined ? undefined : fromPageToken(NextToken, ['string', 'string'])
      if (NextToken !== undefined && !after) throw badToken()
      const range = scannedResource.between([id], {
        ...(after ? { after } : { from: [prefix] }),
        to: [`${prefix}\uffff`],
      })
      const size = bounded(MaxResults)
      const wanted: ScannedResource[] = []
      let looked = 0
      for await (const { value, key } of tx.range(range, { limit: mostLooked })) {
        const fits =
          (identifier === undefined || value.identifier === identifier) &&
          (TagKey === undefined || Object.hasOwn(value.tags, TagKey)) &&
          (TagValue === undefined || Object.values(value.tags).includes(TagValue))
        if (fits) wanted.push(value)
        if (++looked === mostLooked || wanted.length === size)
          return { Resources: await shown(tx, wanted), NextToken: toPageToken(key[1], key[2]) }
      }
      return { Resources: await shown(tx, wanted) }
    },
  },

  ListResourceScanRelatedResources: {
    authorize: () => onAnything('ListResourceScanRelatedResources'),
    async read(tx, { ResourceScanId: id, Resources: asked, NextToken, MaxResults = 100 }, ctx) {
      await completeScan(tx, id, ctx.nowMs)
      if (asked.length > 100) throw invalid('At most 100 resources can be asked about at once.')
      const related = new Map<string, ScannedResource>()
      const given = new Set<string>()
      const lookups = { left: mostLookedUp }
      for (const { ResourceType: type, ResourceIdentifier: names } of asked) {
        const [identifier, ...others] = Object.values(names)
        const one =
          identifier === undefined || others.length > 0
            ? undefined
            : await tx.get(scannedResource(id, type, digest(identifier)))
        if (!one)
          throw invalid(
            `Resource of type ${type} with the identifier ${JSON.stringify(names)} is not in the resource scan.`,
          )
        given.add(keyOf(one))
        if (lookups.left <= 0)
          throw invalid('The resources name, or are named by, too many others. Ask about fewer at once.')
        for await (const other of relatedTo(tx, id, one, lookups)) related.set(keyOf(other), other)
      }
      const found = [...related].flatMap(([key, one]) => (given.has(key) ? [] : [one]))
      const { page, NextToken: next } = pageOfList(found, NextToken, MaxResults)
      return { RelatedResources: await shown(tx, page), NextToken: next }
    },
  },
})

const keyOf = ({ type, identifier }: ScannedResource): string => `${type} ${identifier}`

/** What a resource's properties name, and whose properties name it. */
async function* relatedTo(
  tx: ReadTx,
  scan: string,
  one: ScannedResource,
  lookups: { left: number },
): AsyncGenerator<ScannedResource> {
  for (const mention of one.mentions) {
    lookups.left--
    for await (const [, , type, at] of tx.keys(scannedName.under(scan, digest(mention.value)), {
      limit: mostRelated,
    })) {
      lookups.left--
      const other = canName(mention, type) ? await tx.get(scannedResource(scan, type, at)) : undefined
      if (other) yield other
    }
  }
  for (const value of one.knownAs) {
    lookups.left--
    for await (const { key, value: mention } of tx.range(scannedMention.under(scan, digest(value)), {
      limit: mostRelated,
    })) {
      lookups.left--
      const other = canName(mention, one.type) ? await tx.get(scannedResource(scan, key[2], key[3])) : undefined
      if (other) yield other
    }
  }
}

async function shown(tx: ReadTx, resources: readonly ScannedResource[]) {
  return Promise.all(
    resources.map(async ({ type, name, identifier, physicalId }) => ({
      ResourceType: type,
      ResourceIdentifier: { [name]: identifier },
      ManagedByStack: (await ownersOf(tx, physicalId, type)).length > 0,
    })),
  )
}

import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, findResource, found, newId, page } from './find.ts'
import { withinQuota } from './limits.ts'
import { describeMethod } from './methods.ts'
import { patched } from './patch.ts'
import { method, type PathResource, pathResource, type RestApi } from './state.ts'

/** The tree of paths of an API. https://docs.aws.amazon.com/apigateway/latest/api/API_Resource.html */
export const pathResources = operations<Api>()({
  CreateResource: {
    authorize: ({ restApiId, parentId }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `restapis/${restApiId}/resources/${parentId}`) },
    ],
    async write(tx, { restApiId, parentId, pathPart }, ctx) {
      const parent = await findResource(tx, restApiId, parentId)
      const all = await resourcesOf(tx, restApiId)
      await withinQuota(tx, pathResource.under(restApiId), 'resources')
      const made: PathResource = { id: newId(ctx, 6), parentId, pathPart, path: join(parent, pathPart) }
      checkPlace(made, parent, all)
      tx.set(pathResource(restApiId, made.id), made)
      return describe(tx, restApiId, made, false)
    },
  },

  GetResource: {
    authorize: ({ restApiId, resourceId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/resources/${resourceId}`) },
    ],
    async read(tx, { restApiId, resourceId, embed }) {
      return describe(tx, restApiId, await findResource(tx, restApiId, resourceId), embedsMethods(embed))
    },
  },

  GetResources: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/resources`) },
    ],
    async read(tx, input) {
      await findApi(tx, input.restApiId)
      const full = embedsMethods(input.embed)
      const { values, position } = await page(tx, (bounds) => pathResource.between([input.restApiId], bounds), input)
      return { items: await Promise.all(values.map((one) => describe(tx, input.restApiId, one, full))), position }
    },
  },

  UpdateResource: {
    authorize: ({ restApiId, resourceId }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, `restapis/${restApiId}/resources/${resourceId}`) },
    ],
    async write(tx, { restApiId, resourceId, patchOperations }) {
      const before = await findResource(tx, restApiId, resourceId)
      if (before.parentId === undefined) throw badRequest('The root resource cannot be changed.')
      const { parentId = '', pathPart = '' } = patched(before, patchOperations, {
        '/pathPart': 'text',
        '/parentId': 'text',
      })
      const all = await resourcesOf(tx, restApiId)
      const moved = [before, ...below(all, resourceId)]
      if (moved.some(({ id }) => id === parentId)) throw badRequest('A resource cannot be moved under itself.')
      const parent = await found(tx, pathResource(restApiId, parentId), 'Invalid Resource identifier specified')
      const next: PathResource = { ...before, parentId, pathPart, path: join(parent, pathPart) }
      checkPlace(next, parent, all)
      if (isGreedy(pathPart) && moved.length > 1)
        throw badRequest('A resource with children cannot become a greedy path variable.')
      for (const one of moved) {
        tx.set(
          pathResource(restApiId, one.id),
          one === before ? next : { ...one, path: next.path + one.path.slice(before.path.length) },
        )
      }
      return describe(tx, restApiId, next, false)
    },
  },

  DeleteResource: {
    authorize: ({ restApiId, resourceId }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, `restapis/${restApiId}/resources/${resourceId}`) },
    ],
    async write(tx, { restApiId, resourceId }) {
      const one = await findResource(tx, restApiId, resourceId)
      if (one.parentId === undefined) throw badRequest('The root resource cannot be deleted.')
      for (const { id } of [one, ...below(await resourcesOf(tx, restApiId), resourceId)]) remove(tx, restApiId, id)
      return {}
    },
  },
})

/** The resource at a path, with those above it, made where they are not there. */
export async function ensureResource(tx: Tx, api: RestApi, path: string, ctx: Ctx): Promise<PathResource> {
  const all = await resourcesOf(tx, api.id)
  let at = all.find(({ id }) => id === api.rootResourceId)
  for (const pathPart of path.split('/').filter(Boolean)) {
    if (!at) break
    const parent: PathResource = at
    at = all.find((one) => one.parentId === parent.id && one.pathPart === pathPart)
    if (at) continue
    const made: PathResource = { id: newId(ctx, 6), parentId: parent.id, pathPart, path: join(parent, pathPart) }
    checkPlace(made, parent, all)
    tx.set(pathResource(api.id, made.id), made)
    all.push(made)
    at = made
  }
  if (!at) throw new Error(`the API ${api.id} has no root resource`)
  return at
}

export async function resourcesOf(tx: ReadTx, apiId: string): Promise<PathResource[]> {
  const all: PathResource[] = []
  for await (const { value } of tx.range(pathResource.under(apiId))) all.push(value)
  return all
}

function remove(tx: Tx, apiId: string, id: string): void {
  tx.delete(pathResource(apiId, id))
  tx.clear(method.under(apiId, id))
}

/** All resources under one, at any depth. */
function below(all: readonly PathResource[], id: string): PathResource[] {
  return all.filter(({ parentId }) => parentId === id).flatMap((child) => [child, ...below(all, child.id)])
}

function join(parent: PathResource, pathPart: string): string {
  return `${parent.path === '/' ? '' : parent.path}/${pathPart}`
}

function isGreedy(pathPart: string | undefined): boolean {
  return pathPart?.endsWith('+}') ?? false
}

function isVariable(pathPart: string | undefined): boolean {
  return pathPart?.startsWith('{') ?? false
}

/** Throws unless a resource of this name may stand there, beside those that do. */
function checkPlace(one: PathResource, parent: PathResource, all: readonly PathResource[]): void {
  const { pathPart = '' } = one
  if (pathPart.length > 1_024 || !/^([\w.:-]+|\{[\w.:-]+\+?\})$/.test(pathPart)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    )
  }
  if (isGreedy(parent.pathPart)) throw badRequest('Cannot create a child of a resource with a greedy path variable.')
  for (const sibling of all) {
    if (sibling.parentId !== parent.id || sibling.id === one.id) continue
    if (sibling.pathPart === pathPart) {
      throw awsError('ConflictException', `Another resource with the same parent already has this name: ${pathPart}`)
    }
    if (isVariable(pathPart) && isVariable(sibling.pathPart) && isGreedy(pathPart) === isGreedy(sibling.pathPart)) {
      throw badRequest(
        `A sibling (${sibling.pathPart}) of this resource already has a variable path part -- only one is allowed`,
      )
    }
  }
}

function embedsMethods(embed: readonly string[] = []): boolean {
  const wrong = embed.find((one) => one !== 'methods')
  if (wrong !== undefined) throw badRequest(`Invalid embed parameter ${wrong}: it can be methods.`)
  return embed.length > 0
}

async function describe(tx: ReadTx, apiId: string, one: PathResource, full: boolean) {
  const methods: [string, Partial<ReturnType<typeof describeMethod>>][] = []
  for await (const { value } of tx.range(method.under(apiId, one.id)))
    methods.push([value.httpMethod, full ? describeMethod(value) : {}])
  return {
    id: one.id,
    parentId: one.parentId,
    pathPart: one.pathPart,
    path: one.path,
    resourceMethods: methods.length > 0 ? Object.fromEntries(methods) : undefined,
  }
}

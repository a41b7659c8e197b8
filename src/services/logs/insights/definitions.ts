import { hash } from 'node:crypto'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { toPageToken } from '../../../kernel/page-token.ts'
import type { Api } from '../api.ts'
import { nameOfToken, pageSize } from '../find.ts'
import { definition, type QueryDefinition } from './state.ts'

const mostDefinitions = 1_000

/** Queries that are kept by a name. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Saving-Queries.html */
export const queryDefinitions = operations<Api>()({
  PutQueryDefinition: {
    authorize: () => [{ action: 'logs:PutQueryDefinition', resource: '*' }],
    async write(tx, input, ctx) {
      const { name, queryString: text, queryLanguage: language = 'CWLI', clientToken } = input
      const given = input.queryDefinitionId
      if (given !== undefined && !(await tx.get(definition(given)))) throw absent(given)
      // The same token makes the same definition.
      const id = given ?? (clientToken === undefined ? ctx.newId() : idOf(clientToken))
      if (!(await tx.get(definition(id)))) {
        let count = 0
        for await (const _id of tx.snapshot.keys(definition.under(), { limit: mostDefinitions })) count++
        if (count >= mostDefinitions)
          throw awsError('LimitExceededException', `A region can have at most ${mostDefinitions} query definitions.`)
      }
      tx.set(definition(id), {
        ...{ id, name, text, language, modifiedAtMs: ctx.nowMs },
        ...(input.logGroupNames && { groups: input.logGroupNames }),
        ...(input.parameters && { parameters: input.parameters }),
      })
      return { queryDefinitionId: id }
    },
  },

  DescribeQueryDefinitions: {
    authorize: () => [{ action: 'logs:DescribeQueryDefinitions', resource: '*' }],
    async read(tx, { queryDefinitionNamePrefix: prefix = '', queryLanguage, maxResults, nextToken }) {
      const limit = pageSize(maxResults, 1_000)
      const after = nextToken === undefined ? {} : { after: [nameOfToken(nextToken)] }
      const page: QueryDefinition[] = []
      for await (const { value } of tx.range(definition.between([], after))) {
        if (!value.name.startsWith(prefix) || (queryLanguage && value.language !== queryLanguage)) continue
        page.push(value)
        if (page.length > limit) break
      }
      const last = page[limit - 1]
      return {
        queryDefinitions: page.slice(0, limit).map(describe),
        nextToken: page.length > limit && last ? toPageToken(last.id) : undefined,
      }
    },
  },

  DeleteQueryDefinition: {
    authorize: () => [{ action: 'logs:DeleteQueryDefinition', resource: '*' }],
    async write(tx, { queryDefinitionId: id }) {
      if (!(await tx.get(definition(id)))) throw absent(id)
      tx.delete(definition(id))
      return { success: true }
    },
  },
})

function describe({ id, name, text, language, groups, parameters, modifiedAtMs }: QueryDefinition) {
  return {
    ...{ queryDefinitionId: id, name, queryString: text, queryLanguage: language, lastModified: modifiedAtMs },
    logGroupNames: [...(groups ?? [])],
    ...(parameters && {
      parameters: parameters.map(({ name: of, defaultValue, description }) => ({
        name: of,
        ...(defaultValue !== undefined && { defaultValue }),
        ...(description !== undefined && { description }),
      })),
    }),
  }
}

const idOf = (token: string) =>
  hash('sha256', token, 'hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')

function absent(id: string): Error {
  return awsError('ResourceNotFoundException', `The query definition ${id} does not exist.`)
}

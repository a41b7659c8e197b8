import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { toPageToken } from '../../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { mostResults, parseQuery, tablesOf } from '../../../telemetry/insights/parse.ts'
import type { Command } from '../../../telemetry/insights/query.ts'
import { QueryError } from '../../../telemetry/insights/tokens.ts'
import type { Api } from '../api.ts'
import { findGroup, fromToken, groupResource, nameOf, pageSize } from '../find.ts'
import { lookupTable, mostTableBytes } from './lookup-state.ts'
import { finishRun } from './scheduled-run.ts'
import { type Query, query, queryByTime, running } from './state.ts'

const mostGroups = 50
const mostRunning = 100
/** How long results can be asked for. */
const keptMs = 7 * 86_400_000

/** Queries of Logs Insights. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AnalyzingLogData.html */
export const queries = operations<Api>()({
  StartQuery: {
    authorize: (input, ctx) =>
      groupsOf(input, ctx.scope).map((name) => ({ action: 'logs:StartQuery', resource: groupResource(ctx, name) })),
    async write(tx, input, ctx) {
      const { queryString, startTime, endTime, limit = mostResults, queryLanguage = 'CWLI' } = input
      if (queryLanguage !== 'CWLI')
        throw invalid(`queryLanguage ${queryLanguage} is not supported by Landfall. Use CWLI.`)
      const groups = groupsOf(input, ctx.scope)
      if (groups.length === 0 || groups.length > mostGroups)
        throw invalid(`1 to ${mostGroups} log groups must be given; SOURCE is not supported by Landfall.`)
      if (limit > mostResults) throw invalid(`limit must be at most ${mostResults} here.`)
      if (endTime < startTime) throw invalid('endTime must not be before startTime.')
      for (const name of groups) await findGroup(tx, name)
      let tableBytes = 0
      for (const name of tablesOf(checkedQuery(queryString))) {
        const table = await tx.get(lookupTable(name))
        if (!table) throw awsError('ResourceNotFoundException', `The lookup table ${name} does not exist.`)
        tableBytes += table.body.sizeBytes
      }
      if (tableBytes > mostTableBytes)
        throw awsError(
          'LimitExceededException',
          `The lookup tables of a query can have ${mostTableBytes} bytes in all.`,
        )
      let count = 0
      for await (const _id of tx.snapshot.keys(running.under(), { limit: mostRunning })) count++
      if (count >= mostRunning)
        throw awsError('LimitExceededException', `An account can have at most ${mostRunning} queries running.`)
      const next: Query = {
        ...{ id: ctx.newId(), text: queryString, groups, limit, status: 'Scheduled', createdAtMs: ctx.nowMs },
        // Times are in seconds here, and the range has both of its ends.
        ...{ fromMs: startTime * 1000, toMs: endTime * 1000 + 1, startedBy: ctx.principal.arn },
        statistics: { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 },
      }
      tx.set(query(next.id), next)
      tx.set(queryByTime(next.createdAtMs, next.id), true)
      tx.set(running(next.id), true)
      const work = { scope: ctx.scope, data: { id: next.id } }
      ctx.host.deliveries.schedule(tx, { ...work, kind: 'logs:query' })
      ctx.host.deliveries.schedule(tx, { ...work, kind: 'logs:forgetQuery', dueAtMs: ctx.nowMs + keptMs })
      return { queryId: next.id }
    },
  },

  GetQueryResults: {
    // On the groups that the query read; who asks for one that is not there, on any.
    async authorize({ queryId }, ctx, tx) {
      const groups = (await tx.get(query(queryId)))?.groups ?? ['*']
      return groups.map((name) => ({ action: 'logs:GetQueryResults', resource: groupResource(ctx, name) }))
    },
    async call({ queryId, maxItems, nextToken }, ctx) {
      const found = await ctx.read((tx) => findQuery(tx, queryId))
      const rows = await rowsOf(found, ctx)
      const from = nextToken === undefined ? 0 : fromToken(nextToken, ['number'])[0]
      const to = maxItems ? from + maxItems : rows.length
      return {
        queryLanguage: 'CWLI' as const,
        status: found.status,
        results: rows.slice(from, to).map((row) => row.map(([field, value]) => ({ field, value }))),
        statistics: { ...found.statistics, logGroupsScanned: found.groups.length },
        nextToken: to < rows.length ? toPageToken(to) : undefined,
      }
    },
  },

  ListLogGroupsForQuery: {
    authorize: () => [{ action: 'logs:ListLogGroupsForQuery', resource: '*' }],
    async read(tx, { queryId, maxResults = 500, nextToken }) {
      const { groups } = await findQuery(tx, queryId)
      const from = nextToken === undefined ? 0 : fromToken(nextToken, ['number'])[0]
      const to = from + maxResults
      return {
        logGroupIdentifiers: groups.slice(from, to),
        nextToken: to < groups.length ? toPageToken(to) : undefined,
      }
    },
  },

  StopQuery: {
    authorize: () => [{ action: 'logs:StopQuery', resource: '*' }],
    async write(tx, { queryId }, ctx) {
      const found = await findQuery(tx, queryId)
      if (!(await tx.get(running(queryId))))
        throw invalid(`The query ${queryId} is not running: it is ${found.status}.`)
      tx.delete(running(queryId))
      const ended: Query = { ...found, status: 'Cancelled', endedAtMs: ctx.nowMs }
      tx.set(query(queryId), ended)
      await finishRun(tx, ended, ctx.host)
      return { success: true }
    },
  },

  DescribeQueries: {
    authorize: () => [{ action: 'logs:DescribeQueries', resource: '*' }],
    async read(tx, { logGroupName, status, maxResults, nextToken, queryLanguage = 'CWLI' }, ctx) {
      const limit = pageSize(maxResults, 1_000)
      const [beforeMs, beforeId] = nextToken === undefined ? [] : fromToken(nextToken, ['number', 'string'])
      const page: Query[] = []
      const to = beforeMs === undefined ? {} : { to: [Number(beforeMs), String(beforeId)] }
      for await (const [, id] of tx.keys(queryByTime.between([], to), { reverse: true })) {
        const found = await tx.get(query(id))
        if (!found || (status && found.status !== status) || queryLanguage !== 'CWLI') continue
        if (logGroupName !== undefined && !found.groups.includes(logGroupName)) continue
        page.push(found)
        if (page.length > limit) break
      }
      const last = page[limit - 1]
      return {
        queries: page.slice(0, limit).map((one) => describe(one, ctx)),
        nextToken: page.length > limit && last ? toPageToken(last.createdAtMs, last.id) : undefined,
      }
    },
  },
})

interface NamedGroups {
  logGroupName?: string
  logGroupNames?: string[]
  logGroupIdentifiers?: string[]
}

function groupsOf({ logGroupName, logGroupNames, logGroupIdentifiers }: NamedGroups, scope: Scope): string[] {
  const given = [logGroupName === undefined ? undefined : [logGroupName], logGroupNames, logGroupIdentifiers]
  if (given.filter((one) => one !== undefined).length > 1)
    throw invalid('Only one of logGroupName, logGroupNames and logGroupIdentifiers can be given.')
  return [...new Set(given.flatMap((names) => names ?? []).map((one) => nameOf(one, scope)))]
}

/** The commands of a query. Throws MalformedQueryException. */
export function checkedQuery(text: string): Command[] {
  try {
    return parseQuery(text)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const { message, start, end } = error
    throw awsError('MalformedQueryException', message, {
      members: { queryCompileError: { location: { startCharOffset: start, endCharOffset: end }, message } },
      cause: error,
    })
  }
}

async function findQuery(tx: ReadTx, id: string): Promise<Query> {
  const found = await tx.get(query(id))
  if (!found) throw awsError('ResourceNotFoundException', `The query ${id} does not exist.`)
  return found
}

async function rowsOf({ results }: Query, { host }: Ctx): Promise<[field: string, value: string][][]> {
  if (!results) return []
  return JSON.parse(Buffer.from(await host.blobs.bytes(results)).toString())
}

function describe({ id, text, status, createdAtMs, endedAtMs, groups, statistics, startedBy }: Query, ctx: Ctx) {
  return {
    ...{ queryId: id, queryString: text, queryLanguage: 'CWLI' as const, status, createTime: createdAtMs },
    ...(groups.length === 1 && { logGroupName: groups[0] }),
    queryDuration: (endedAtMs ?? ctx.nowMs) - createdAtMs,
    bytesScanned: statistics.bytesScanned,
    userIdentity: startedBy,
  }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}

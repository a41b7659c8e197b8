import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { invalid } from './alarm-input.ts'
import { type AlarmType, type HistoryItem, history, historyOf } from './alarm-state.ts'
import type { Api } from './api.ts'
import { alarmArn } from './names.ts'

type Position = readonly [atMs: number, id: string]

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html */
export const alarmHistory = operations<Api>()({
  DescribeAlarmHistory: {
    authorize: ({ AlarmName }, ctx) => [
      { action: 'cloudwatch:DescribeAlarmHistory', resource: alarmArn(ctx.scope, AlarmName ?? '*') },
    ],
    async read(tx, input) {
      const { AlarmName, HistoryItemType, StartDate, EndDate, MaxRecords = 100, NextToken, ScanBy } = input
      if (input.AlarmContributorId !== undefined) throw invalid('AlarmContributorId is not supported by Landfall.')
      const types = new Set<string>(input.AlarmTypes ?? ['MetricAlarm'])
      const reverse = ScanBy !== 'TimestampAscending'
      const token = NextToken === undefined ? undefined : fromToken(NextToken)
      const page: { item: HistoryItem; position: Position }[] = []
      let more = false
      const fromMs = StartDate?.getTime() ?? 0
      const toMs = EndDate === undefined ? Number.MAX_SAFE_INTEGER : EndDate.getTime() + 1
      for await (const found of items(tx, AlarmName, { fromMs, toMs, token, reverse })) {
        const { item } = found
        if (AlarmName === undefined && !types.has(typeIn(item))) continue
        if (HistoryItemType !== undefined && item.type !== HistoryItemType) continue
        if (page.length === MaxRecords) {
          more = true
          break
        }
        page.push(found)
      }
      return {
        AlarmHistoryItems: page.map(({ item }) => ({
          AlarmName: item.name,
          AlarmType: typeIn(item),
          Timestamp: new Date(item.atMs),
          HistoryItemType: item.type,
          HistorySummary: item.summary,
          HistoryData: item.data,
        })),
        NextToken: more ? toPageToken(...page.at(-1)!.position) : undefined,
      }
    },
  },
})

function typeIn({ isComposite, isOfLogs }: HistoryItem): AlarmType {
  if (isOfLogs) return 'LogAlarm'
  return isComposite ? 'CompositeAlarm' : 'MetricAlarm'
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly token: Position | undefined
  readonly reverse: boolean
}

async function* items(
  tx: ReadTx,
  name: string | undefined,
  { fromMs, toMs, token, reverse }: Span,
): AsyncGenerator<{ item: HistoryItem; position: Position }> {
  const bounds = {
    ...(token && !reverse ? { after: token } : { from: [fromMs] }),
    to: token && reverse ? token : [toMs],
  }
  if (name === undefined) {
    for await (const { key, value } of tx.range(history.between([], bounds), { reverse }))
      yield { item: value, position: key }
    return
  }
  for await (const [, atMs, id] of tx.keys(historyOf.between([name], bounds), { reverse })) {
    const item = await tx.get(history(atMs, id))
    if (item) yield { item, position: [atMs, id] }
  }
}

function fromToken(token: string): Position {
  const position = fromPageToken(token, ['number', 'string'])
  if (!position) throw awsError('InvalidNextToken', 'The next token is invalid.')
  return position
}

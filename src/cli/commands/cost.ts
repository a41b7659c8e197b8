import { askNode, type UsageDay } from '../../control.ts'
import { command, usageError } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { type CostLine, costOf } from '../cost.ts'
import { parseDurationMs } from '../duration.ts'
import { lambdaPrices } from '../prices.ts'

const said = 'What AWS would charge for this at its list price; Landfall charges nothing.'

export const cost = command({
  name: 'cost',
  summary: 'what functions used, and what AWS would charge for it',
  about:
    'Adds up requests and gigabyte-seconds of every invocation, and prints beside them what AWS would charge: its\npublished price for Lambda alone, without what else a service uses, provisioned concurrency or streamed bytes. It is\nnot what Landfall costs: that is the machine it runs on. A service is a stack, or what the tag "service" of a\nfunction says.',
  options: {
    since: { value: 'TIME', summary: 'from that long ago: 90m, 24h, 7d (default: 30d), to the hour' },
    by: { value: 'WHAT', summary: 'function or service (default: function)' },
    'free-tier': { summary: 'take off what a new AWS account gets each month for nothing' },
    ...connectionOptions,
  },
  examples: [
    ['', 'the last 30 days, by function'],
    ['--since 7d --by service', 'the last week, by stack'],
    ['--json', 'with every day, for programs'],
  ],
  async run({ options, terminal }) {
    const { by = 'function', since = '30d' } = options
    if (by !== 'function' && by !== 'service') {
      throw usageError(`--by must be function or service, not "${by}".`, 'Give one like --by service')
    }
    const from = new Date(Date.now() - parseDurationMs(since)).toISOString()
    const node = await connect(options)
    const { usage } = await askNode<{ usage: UsageDay[] }>(node, '/_landfall/usage', { since: from })
    const { lines, total, freeTierUsd } = costOf(usage, by, { freeTier: options['free-tier'] === true })
    const { source, asOf, region, currency } = lambdaPrices
    const prices = { source, asOf, region, currency }
    terminal.answer({ since: from, by, prices, lines, total, freeTierUsd, days: usage, note: said }, () => {
      const rows = [
        [by, 'requests', 'GB-s', 'init ms', 'AWS list price'],
        ...lines.map((line) => row(line.name, line)),
        row('all', total),
      ]
      if (options['free-tier']) {
        rows.push(['free tier', '', '', '', dollars(-freeTierUsd)])
        rows.push(['after it', '', '', '', dollars(total.listPriceUsd - freeTierUsd)])
      }
      return [table(rows), '', said, `${source} as of ${asOf}, ${region}; use since ${from.slice(0, 13)}:00Z`].join(
        '\n',
      )
    })
    if (lines.length === 0) terminal.err(`No function ran since then. --since looks further back, as in --since 90d`)
    return 0
  },
})

function row(name: string, { requests, gbSeconds, initMs, listPriceUsd }: Omit<CostLine, 'name'>): string[] {
  return [name, String(requests), gbSeconds.toFixed(3), initMs.toFixed(0), dollars(listPriceUsd)]
}

function dollars(amount: number): string {
  return `${amount < 0 ? '-' : ''}$${Math.abs(amount).toFixed(amount !== 0 && Math.abs(amount) < 0.01 ? 8 : 2)}`
}

/** Names to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((cells) =>
      cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[at]!))).join('  '),
    )
    .join('\n')
}

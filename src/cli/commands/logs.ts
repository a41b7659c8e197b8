import { type Clients, createClients } from '../clients.ts'
import { CliError, command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { parseDurationMs } from '../duration.ts'
import { checkFunction, isMissing, resolveFunction } from '../function-name.ts'
import { logLine } from '../log-line.ts'
import { tail } from '../log-tail.ts'
import { findService, packagedService, stageOption } from '../service.ts'

export const logs = command({
  name: 'logs',
  args: '[function]',
  summary: 'show what functions logged; -t follows',
  about:
    'Prints the log of a function, or of all functions of the service in this folder. A name that begins with / is\nthat of a log group.',
  options: {
    tail: { summary: 'go on as lines come, until Ctrl-C', short: 't' },
    since: { value: 'TIME', summary: 'from that long ago: 90s, 10m, 2h, 1d (default: 10m)' },
    filter: { value: 'PATTERN', summary: 'only lines that match a CloudWatch Logs filter pattern' },
    ...stageOption,
    ...connectionOptions,
  },
  examples: [
    ['place', 'the last ten minutes of "place"'],
    ['-t', 'all functions of this service, as it happens'],
    ['fulfil --since 2h --filter ERROR', 'errors of the last two hours'],
  ],
  async run({ options, args, terminal, signal }) {
    const node = await connect(options)
    const { groups, region } = await logGroups(args[0], options.stage)
    const clients = createClients({ ...node, region: options.region ?? region ?? node.region })
    if (args[0] !== undefined) await checkKnown(clients, groups[0] ?? '', options.tail === true)
    const fromMs = Date.now() - parseDurationMs(options.since ?? '10m')
    const events = tail(clients, { groups, fromMs, filter: options.filter, follow: options.tail === true, signal })
    let count = 0
    for await (const event of events) {
      count++
      terminal.answer({ ...event, at: new Date(event.atMs).toISOString() }, () =>
        logLine(terminal, event, groups.length > 1),
      )
    }
    if (count === 0 && !options.tail) {
      terminal.err(`no lines of ${groups.join(', ')} in the last ${options.since ?? '10m'}; --since looks further back`)
    }
    return 0
  },
})

/**
 * Throws when there is nothing of that name: a function that nobody called has no log group, and one that was deleted may
 * have. A log group that is followed may come yet.
 */
async function checkKnown(clients: Clients, group: string, follow: boolean): Promise<void> {
  const hasGroup = await (await clients.logs()).filterLogEvents({ logGroupName: group, limit: 1 }).then(
    () => true,
    (error: unknown) => !isMissing(error),
  )
  if (hasGroup) return
  const name = /^\/aws\/lambda\/(.+)$/.exec(group)?.[1]
  if (name === undefined) {
    if (follow) return
    throw new CliError(`There is no log group ${group}.`, 'See which there are: aws logs describe-log-groups')
  }
  await checkFunction(clients, name)
}

async function logGroups(name: string | undefined, stage: string | undefined) {
  if (name?.startsWith('/')) return { groups: [name], region: undefined }
  if (name !== undefined) {
    const fn = await resolveFunction(name, stage)
    return { groups: [`/aws/lambda/${fn.name}`], region: fn.region }
  }
  const service = await packagedService(findService(), stage)
  return { groups: service.functions.map((fn) => `/aws/lambda/${fn.name}`), region: service.region }
}

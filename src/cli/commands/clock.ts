import { askNode, ControlError, type ControlTarget } from '../../control.ts'
import { CliError, command, usageError } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { parseDurationMs } from '../duration.ts'

const path = '/_landfall/clock'

/** A node's time, epoch milliseconds, and how far it is ahead of its machine's. */
interface NodeClock {
  readonly nowMs: number
  readonly offsetMs: number
}

export const clock = command({
  name: 'clock',
  args: '[advance|set] [time]',
  summary: 'show the time of a node, or move it forwards: advance 3h',
  about: `Moves the clock of a node that was started with --dev, so that what waits for a time happens now: schedules,
visibility timeouts, retries, expiries, in the order of their times. It moves only forwards, and a restart keeps it.
Signatures and the time limits of functions go by the clock of the machine.`,
  options: { ...connectionOptions },
  examples: [
    ['', 'what time it is for the node'],
    ['advance 3h', 'three hours later: 90s, 10m, 3h, 2d'],
    ['set 2027-01-01T00:00:00Z', 'on to that moment'],
  ],
  async run({ options, args, terminal }) {
    const [action, time] = args
    const isMove = action === 'advance' || action === 'set'
    if (action !== undefined && !(isMove && time !== undefined)) {
      throw usageError(
        'landfall clock takes advance TIME, set TIME or nothing.',
        'Give one like: landfall clock advance 3h',
      )
    }
    const byMs = action === 'advance' ? parseDurationMs(time ?? '') : undefined
    const untilMs = action === 'set' ? Date.parse(time ?? '') : undefined
    if (Number.isNaN(untilMs)) {
      throw usageError(`"${time}" is not a moment.`, 'Give one like: landfall clock set 2027-01-01T00:00:00Z')
    }
    const node = await connect(options)
    const before = await askNode<NodeClock>(node, path)
    const advanceMs = byMs ?? (untilMs === undefined ? 0 : untilMs - before.nowMs)
    if (isMove && advanceMs <= 0) {
      throw usageError(
        `It is ${new Date(before.nowMs).toISOString()} for the node, and its clock moves only forwards.`,
        'Name a later time, or begin anew: landfall start --dev --ephemeral',
      )
    }
    const now = isMove ? await moveClock(node, advanceMs) : before
    terminal.answer(now, () => {
      const ahead = now.offsetMs === 0 ? '' : `, ${now.offsetMs / 1_000} s ahead of this machine`
      return `${new Date(now.nowMs).toISOString()}${terminal.style('gray', ahead)}`
    })
    return 0
  },
})

async function moveClock(node: ControlTarget, advanceMs: number): Promise<NodeClock> {
  try {
    return await askNode<NodeClock>(node, path, {}, { method: 'POST', body: { advanceMs } })
  } catch (error) {
    if (!(error instanceof ControlError) || error.status !== 403) throw error
    throw new CliError(error.message, 'For trying things out: landfall start --dev, or landfall dev', { cause: error })
  }
}

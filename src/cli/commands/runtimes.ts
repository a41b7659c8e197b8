import { readConfig } from '../../config.ts'
import type { HostRuntime } from '../../host-runtimes.ts'
import { CliError, command, usageError } from '../command.ts'
import { columns } from '../help.ts'

export const runtimes = command({
  name: 'runtimes',
  args: '[add] [runtime]',
  summary: 'say which runtimes this host has, and add one',
  about:
    'Lists what runs the functions of each runtime on this host. "add" fetches a version of Node, or the runtime\ninterface client for Java, from its registry with npm or Maven as they are set up here, into the data folder; a node\nthat runs finds it for the next instance that it starts.',
  options: { data: { value: 'DIR', summary: 'the data folder (default: .landfall)' } },
  examples: [
    ['', 'what runs what'],
    ['add nodejs22.x', 'Node 22, for functions that name it'],
    ['add java21', 'the client that Java functions need; Java itself is the host’s'],
    ['--json', 'for programs: .[].runtime, .runsOn, .missing'],
  ],
  async run({ options, args, terminal }) {
    const { addRuntime, CannotAdd, listRuntimes, runtimesDir } = await import('../../host-runtimes.ts')
    const { dataDir } = readConfig(options.data === undefined ? {} : { dataDir: options.data })
    const [verb, runtime, ...more] = args
    if (verb === undefined) {
      const found = await listRuntimes(dataDir)
      terminal.answer(found, () => columns(found.map((one) => [one.runtime, words(one)])).join('\n'))
      return 0
    }
    if (verb !== 'add' || runtime === undefined || more.length > 0) {
      throw usageError(`"landfall runtimes ${args.join(' ')}" is no command.`, 'landfall runtimes add nodejs22.x')
    }
    const end = terminal.progress(`fetching ${runtime}`)
    try {
      const added = await addRuntime(runtime, runtimesDir(dataDir))
      end()
      terminal.answer(added, () => `${runtime}: ${added.package} ${added.version}`)
      return 0
    } catch (error) {
      end()
      if (error instanceof CannotAdd) throw new CliError(error.message, error.nextStep, { cause: error })
      throw error
    }
  },
})

function words({ runsOn, program, differs, added, missing }: HostRuntime): string {
  if (missing !== undefined) return `- ${missing}`
  if (runsOn === undefined) return '+ the package brings it'
  return `+ ${runsOn}${added ? ' (added)' : ''}${differs ? ', which is another version' : ''}: ${program ?? ''}`
}

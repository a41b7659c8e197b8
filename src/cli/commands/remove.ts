import { command } from '../command.ts'
import { checkReachable, connect, connectionOptions } from '../connection.ts'
import { osls } from '../osls.ts'
import { findService, stageOption } from '../service.ts'

export const remove = command({
  name: 'remove',
  args: '[dir]',
  summary: 'remove a deployed service and all that belongs to it',
  about: 'Deletes the stack of the service, with its functions, tables, queues and what is in them.',
  options: { ...stageOption, ...connectionOptions },
  examples: [
    ['', 'remove the service in this folder'],
    ['services/orders --stage test', 'another folder, another stage'],
  ],
  async run({ options, args, terminal, signal }) {
    const service = findService(args[0])
    const node = await connect(options)
    await checkReachable(node, signal)
    const stage = options.stage === undefined ? [] : ['--stage', options.stage]
    const done = terminal.progress(`removing ${service.dir} from ${node.endpoint}`)
    try {
      await osls(service, ['remove', ...stage], node, { signal })
    } finally {
      done()
    }
    terminal.answer({ removed: true }, () => 'removed')
    return 0
  },
})

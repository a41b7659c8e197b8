import { command } from '../command.ts'
import { columns } from '../help.ts'

export const doctor = command({
  name: 'doctor',
  summary: 'say how functions are kept apart on this host',
  about:
    'Tries, as this user and on this host, what keeps functions apart from the node and from each other, and says\nwhat is active and how to get the rest. It needs no running node and changes nothing. The exit code is 1 when\nfunctions would run without isolation, which "landfall start" refuses.',
  options: {},
  examples: [
    ['', 'what is active, layer by layer'],
    ['--json', 'for programs: .isolation.kind, .layers[]'],
  ],
  async run({ terminal }) {
    const { inspectHost } = await import('../../doctor.ts')
    const { readConfig } = await import('../../config.ts')
    const found = await inspectHost(readConfig().functions.containerEngine)
    const { kind, reason } = found.isolation
    terminal.answer(found, () =>
      [
        `${terminal.style('bold', 'isolation')} ${terminal.style(kind === 'none' ? 'red' : 'green', kind)}: ${reason}`,
        '',
        ...columns(found.layers.map(({ name, active, detail }) => [`${active ? '+' : '-'} ${name}`, detail])),
        ...next(found.layers),
      ].join('\n'),
    )
    return kind === 'none' ? 1 : 0
  },
})

function next(
  layers: readonly { readonly name: string; readonly active: boolean; readonly next?: string }[],
): string[] {
  const missing = layers.flatMap(({ name, next }) => (next === undefined ? [] : [[name, next] as const]))
  return missing.length === 0 ? [] : ['', 'To get more:', ...columns(missing)]
}

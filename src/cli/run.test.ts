import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { runCli } from './run.ts'

const landfall = (...argv: string[]) => landfallUntil(new AbortController().signal, ...argv)

async function landfallUntil(signal: AbortSignal, ...argv: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await runCli(argv, { stdout, stderr, signal })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

describe('help', () => {
  test('names every command and how to begin', async () => {
    const { code, out } = await landfall('--help')
    expect(code).toBe(0)
    for (const name of Object.keys(commands)) expect(out).toContain(`  ${name}`)
    expect(out).toContain('Begin here:')
  })

  test.each(Object.keys(commands))('of %s shows its options and examples', async (name) => {
    const { code, out } = await landfall(name, '--help')
    const command = await commands[name]!()
    expect(code).toBe(0)
    expect(out).toContain(`Usage: landfall ${name}`)
    for (const option of Object.keys(command.options)) expect(out).toContain(`--${option}`)
    expect(command.examples.length).toBeGreaterThan(1)
  })

  test('the version is that of the package', async () => {
    expect((await landfall('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('a wrong command line ends with exit code 2, what is wrong, and the next step', () => {
  test.each([
    [['depoly'], 'There is no command "depoly".\nDid you mean: landfall deploy'],
    [['strat'], 'There is no command "strat".\nDid you mean: landfall start'],
    [['help', 'depoly'], 'There is no command "depoly".\nDid you mean: landfall deploy'],
    [['frobnicate'], 'There is no command "frobnicate".\nSee what there is: landfall --help'],
    [['toString'], 'There is no command "toString".\nSee what there is: landfall --help'],
    [['deploy', '--stge', 'x'], 'landfall deploy has no option --stge.\nDid you mean --stage?'],
    [['start', '--port'], '--port needs a NUMBER.\nSee: landfall start --help'],
    [['start', '--port', 'abc'], '--port must be a number from 0 to 65535, not "abc".\nGive one like --port 4566'],
    [['start', '--ephemeral=yes'], '--ephemeral takes no value.\nSee: landfall start --help'],
    [['start', 'here'], 'landfall start does not take "here".\nSee: landfall start --help'],
    [['invoke'], 'landfall invoke needs a function.\nSee: landfall invoke --help'],
    [['env', '--endpoint', 'nowhere'], '"nowhere" is not the URL of a node.\nGive one like http://127.0.0.1:4566'],
    [
      ['logs', '/group', '--since', 'never'],
      '"never" is not a length of time.\nGive a number and a unit: 90s, 10m, 2h, 1d',
    ],
    [
      ['dev', 'examples/orders', '--data', 'examples/orders/data'],
      'The data folder data is among the sources of the service, which are watched and packaged.\nLeave --data out',
    ],
    [['start', '--dev', '--host', '0.0.0.0'], '--dev accepts a well-known key and so listens on loopback only'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await landfall(...argv)
    expect(err).toContain(message)
    expect(out).toBe('')
    expect(code).toBe(2)
  })

  test('--json puts the error in JSON', async () => {
    const { code, err } = await landfall('start', '--nope', '--json')
    expect(JSON.parse(err)).toEqual({
      error: 'landfall start has no option --nope.',
      nextStep: 'See: landfall start --help',
    })
    expect(code).toBe(2)
  })
})

describe('what cannot be done ends with exit code 1 and the next step', () => {
  test('a folder without a service', async () => {
    const { code, err } = await landfall('deploy', 'docs')
    expect(err).toContain('There is no serverless.yml in docs.')
    expect(code).toBe(1)
  })

  test.each([
    ['info', '--stack', 'x'],
    ['deploy', 'examples/orders'],
    ['remove', 'examples/orders'],
    ['invoke', 'x'],
    ['logs', 'x'],
  ])('a node that is not there: %s', async (...argv) => {
    const { code, err } = await landfall(...argv, '--endpoint', 'http://127.0.0.1:9')
    expect(err).toContain('No node answers at 127.0.0.1:9.\nStart one with: landfall start')
    expect(code).toBe(1)
  })

  test.each(['deploy', 'remove'])('%s that Ctrl-C ends is stopped, and no defect', async (command) => {
    const stopped = AbortSignal.abort(new Error('stopped by SIGINT'))
    const { code, err } = await landfallUntil(stopped, command, 'examples/orders', '--endpoint', 'http://127.0.0.1:9')
    expect(err).toContain('landfall: Stopped before it was done.\nRun it again')
    expect(err).not.toContain('defect')
    expect(code).toBe(1)
  })
})

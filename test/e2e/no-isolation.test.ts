import { execFileSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { background, landfall } from './process.ts'

/** Runs a command as a user without rights, where nobody may make namespaces: a host that can isolate nothing. */
const within = [
  ...['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps', 'sh', '-c'],
  'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"',
  'sh',
]

/** On a host whose users may make no namespaces there is nothing to take away, and nothing to take it away with. */
function canBeTaken(): boolean {
  try {
    execFileSync(within[0]!, [...within.slice(1), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.runIf(canBeTaken())('on a host that cannot isolate functions', () => {
  test('a node refuses to start, and says what to do', async () => {
    await using folder = await temporaryFolder()
    const data = join(folder.path, 'data')
    const refused = await landfall(['start', '--port', '0', '--data', data], { within })
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('Functions would run unisolated')
    expect(refused.err).toContain('landfall doctor')
    expect(refused.err).toContain('--no-isolation')
    expect(refused.err).not.toContain('    at ')
    await expect(stat(join(data, 'admin-key.json'))).rejects.toThrow('ENOENT')
  })

  test('it starts when that is accepted, or for development', async () => {
    for (const accepted of [['--no-isolation'], ['--dev']]) {
      await using folder = await temporaryFolder()
      await using node = background(['start', ...accepted, '--port', '0', '--data', folder.path], { within })
      const { endpoint } = await node.line<{ endpoint: string }>((line) => line.endpoint !== undefined)
      expect((await fetch(`${endpoint}/_landfall/health`)).status).toBe(200)
      expect(await node.stop()).toBe(0)
    }
  })
})

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A Ruby of the host, and the folder of the published runtime interface client in it. */
export interface FoundRuby {
  readonly program: string
  /** `3.1.2` */
  readonly version: string
  readonly client: string
}

/** Where gems are is Ruby's to know: Debian's are in /var/lib, which instances do not see. */
const ask = `client = Gem::Specification.find_all_by_name('aws_lambda_ric').max_by(&:version)
puts RUBY_VERSION, client&.full_gem_path`

/**
 * The Ruby of the host that has the client: version `3.3` rather than another, of those that instances see (of the host's
 * programs what is in /usr).
 */
export async function findRuby(version: string): Promise<FoundRuby | undefined> {
  const names = [`ruby${version}`, 'ruby'].flatMap((name) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`])
  const found = await Promise.all(names.filter((path) => existsSync(path)).map(asked))
  return found.find((ruby) => ruby !== undefined)
}

function asked(program: string): Promise<FoundRuby | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['-e', ask], { timeout: 10_000 }, (error, stdout) => {
      const [version, client] = stdout.trim().split('\n')
      resolve(error || !version || !client ? undefined : { program, version, client })
    })
  })
}

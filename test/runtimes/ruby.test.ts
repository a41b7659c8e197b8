import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLanguages } from '../../src/functions/languages.ts'
import { type Fixture, startRunner } from '../../src/functions/runner.fixture.ts'
import { have, scratch } from './tools.ts'

/**
 * The published runtime interface client, where the host has it; else the least of one, by which this side is seen: how
 * the client is found and shown to instances, how it is started, and the places of gems and sources that it is told.
 */
const standIn = `$stdout.sync = true
require 'json'
require 'net/http'
api = URI("http://#{ENV['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/")
failure = ->(error) { { errorMessage: error.message, errorType: "Function<#{error.class}>" }.to_json }
begin
  $LOAD_PATH.unshift(Dir.pwd)
  file, method = ARGV[0].split('.')
  require file
rescue Exception => error
  Net::HTTP.post(api + 'init/error', failure.(error).sub('Function<', 'Init<'))
  exit 1
end
Context = Struct.new(:aws_request_id)
loop do
  event = Net::HTTP.get_response(api + 'invocation/next')
  id = event['Lambda-Runtime-Aws-Request-Id']
  begin
    Net::HTTP.post(api + "invocation/#{id}/response", send(method, event: JSON.parse(event.body), context: Context.new(id)).to_json)
  rescue StandardError => error
    Net::HTTP.post(api + "invocation/#{id}/error", failure.(error))
  end
end
`

const source = `require 'greeting'
raise 'no start' if ENV['REFUSES']
def handler(event:, context:)
  puts "handling #{event['name']}"
  raise ArgumentError, 'no name' unless event['name']
  sleep if event['name'] == 'sleepy'
  Process.kill('KILL', Process.pid) if event['name'] == 'deadly'
  { hello: Greeting.to(event['name']), id: context.aws_request_id, own: ENV['OWN'], dir: Dir.pwd, in: __dir__ }
end
`
const gem = 'vendor/bundle/ruby/3.3.0'
const files = {
  'app.rb': source,
  // A gem of the package's own, where bundler puts it.
  [`${gem}/gems/greeting-1.0.0/lib/greeting.rb`]: 'module Greeting; def self.to(name) = "dear #{name}"; end',
  [`${gem}/specifications/greeting-1.0.0.gemspec`]: `Gem::Specification.new do |s|
  s.name = 'greeting'; s.version = '1.0.0'; s.summary = 'x'; s.authors = ['x']; s.require_paths = ['lib']
end`,
}

test('Ruby without its client is not here, and says what to do', async () => {
  // Nothing that a distribution has under that name.
  const why = await createLanguages('/nowhere').unavailable('ruby3.2')
  if (why) expect(why).toMatch(/gem install aws_lambda_ric/)
})

describe.runIf(have('ruby'))('a function in Ruby', () => {
  let folder: Awaited<ReturnType<typeof scratch>>
  let f: Fixture
  const { GEM_PATH: gemPath } = process.env
  const run = async (event: unknown, more: { requestId?: string } = {}, spec: Parameters<Fixture['spec']>[1] = {}) =>
    f.run(await f.spec(files, { runtime: 'ruby3.3', handler: 'app.handler', ...spec }), event, more)
  beforeAll(async () => {
    folder = await scratch()
    const name = 'aws_lambda_ric-0.0.1'
    for (const dir of [`gems/${name}/bin`, 'specifications']) await mkdir(join(folder.path, dir), { recursive: true })
    await writeFile(join(folder.path, 'gems', name, 'bin', 'aws_lambda_ric'), standIn)
    const spec =
      "Gem::Specification.new { |s| s.name = 'aws_lambda_ric'; s.version = '0.0.1'; s.summary = 'x'; s.authors = ['x'] }"
    await writeFile(join(folder.path, 'specifications', `${name}.gemspec`), spec)
    process.env.GEM_PATH = folder.path
    f = await startRunner()
  })
  afterAll(async () => {
    if (gemPath === undefined) delete process.env.GEM_PATH
    else process.env.GEM_PATH = gemPath
    await f[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  test('is run by its client, in its own folder, with the gems of its package', async () => {
    const requestId = '11111111-2222-3333-4444-555555555555'
    const { value, lines } = await run({ name: 'ruby' }, { requestId }, { environment: { OWN: 'mine' } })
    const { dir, in: place, ...rest } = value as Record<string, string>
    expect(rest).toEqual({ hello: 'dear ruby', id: requestId, own: 'mine' })
    expect(place).toBe(dir)
    expect(lines.join('\n')).toContain('handling ruby')
  })

  test('fails, ends and does not begin as others do', async () => {
    const failed = await run({})
    expect([failed.error, failed.value]).toEqual([
      'Unhandled',
      expect.objectContaining({ errorMessage: 'no name', errorType: 'Function<ArgumentError>' }),
    ])
    expect((await run({ name: 'deadly' })).value).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect((await run({ name: 'sleepy' }, {}, { timeoutMs: 2_000 })).value).toMatchObject({
      errorType: 'Sandbox.Timedout',
    })
    const refused = await run({}, {}, { environment: { REFUSES: 'yes' } })
    expect(refused.value).toMatchObject({ errorMessage: 'no start', errorType: 'Init<RuntimeError>' })
  })
})

import { expect, test } from 'vitest'
import { check } from './check.ts'

/** `npm run check:events -- --minutes=60 --seed=7` sets these. */
const minutes = Number(process.env.LANDFALL_CHECK_MINUTES ?? (process.env.CI ? 2 : 0.5))
const seed = Number(process.env.LANDFALL_CHECK_SEED ?? 1)

test('under kill -9, faults and moves of the clock, every source of events keeps what it promises', {
  timeout: minutes * 180_000 + 240_000,
}, async () => {
  const { mischief, verdicts } = await check({ seed, forMs: minutes * 60_000, everyMs: 40 })
  const said = verdicts
    .map(({ source, acknowledged, arrived, duplicates, violations }) =>
      [
        source,
        `${acknowledged} acknowledged`,
        `${arrived} arrived`,
        `${duplicates} again`,
        `${violations.length} violations`,
      ].join(', '),
    )
    .join('\n')
  if (process.env.LANDFALL_CHECK_MINUTES !== undefined) process.stdout.write(`seed ${seed}\n${said}\n`)
  const broken = verdicts.filter(({ violations }) => violations.length > 0)
  expect(broken, `seed ${seed}\n${said}\n${mischief.join('\n')}`).toEqual([])
  for (const { source, acknowledged } of verdicts) expect(acknowledged, source).toBeGreaterThan(0)
})

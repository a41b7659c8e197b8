import fc from 'fast-check'

/**
 * fast-check that draws the same in each run, so that a test that passed fails only for a change.
 * `LANDFALL_DRAW_SEED=7` draws something else; a failure tells its seed.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.LANDFALL_DRAW_SEED ?? 20_260_101) })

export default fc

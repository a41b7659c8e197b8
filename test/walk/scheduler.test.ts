import { scheduler } from './samples/scheduler.ts'
import { walk } from './walk.ts'

walk(scheduler)

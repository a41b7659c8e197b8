import { events } from './samples/events.ts'
import { walk } from './walk.ts'

walk(events)

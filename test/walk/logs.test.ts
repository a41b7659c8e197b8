import { logs } from './samples/logs.ts'
import { walk } from './walk.ts'

walk(logs)

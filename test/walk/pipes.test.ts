import { pipes } from './samples/pipes.ts'
import { walk } from './walk.ts'

walk(pipes)

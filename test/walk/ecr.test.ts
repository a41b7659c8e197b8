import { ecr } from './samples/ecr.ts'
import { walk } from './walk.ts'

walk(ecr)

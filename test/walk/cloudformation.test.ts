import { cloudformation } from './samples/cloudformation.ts'
import { walk } from './walk.ts'

walk(cloudformation)

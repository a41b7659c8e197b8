import { lambda } from './samples/lambda.ts'
import { walk } from './walk.ts'

walk(lambda)

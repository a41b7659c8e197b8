import { s3 } from './samples/s3.ts'
import { walk } from './walk.ts'

walk(s3)

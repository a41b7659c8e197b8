import { ec2 } from './samples/ec2.ts'
import { walk } from './walk.ts'

walk(ec2)

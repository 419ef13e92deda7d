// Restart policies: processes that have ended are started again, judged by work without progress.

export {
  columnsOf,
  describeRestart,
  notYetRestarted,
  type Supervision,
  supervisionOf,
} from './restart-columns.ts';
export { Supervisor } from './supervisor.ts';

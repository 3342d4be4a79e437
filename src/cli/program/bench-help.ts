// What stands below the flags of `bench` and its sub-commands in their help.

export const PLACE_HELP = `
It makes a database beside yours for the measurement and drops it afterwards;
where it may not, and with --in-place, it uses rows of its own in yours.
Engines run in processes of their own.

Exit status: 1 when a task was lost, or ran twice.`

export const BENCH_HELP = `
Without the name of a measurement: drain, steady, latency and enqueue, each in
a short form.

Examples:
  taskproc bench
  taskproc bench drain --tuned --json
  taskproc bench race
${PLACE_HELP}

See also: stats, doctor`

export const DRAIN_HELP = `
A backlog of tasks without work, from the first start to the last outcome that
is written. Latency is from the start of a task to its outcome being written.

Examples:
  taskproc bench drain
  taskproc bench drain --tuned --processes 2 --plot drain.svg`

export const STEADY_HELP = `
Tasks arrive at times that are fixed before. Latency counts from the time that
was meant to the start of the task, so nothing that falls behind is left out.
The first tenth is the warm-up: it is in the plot, and in no latency.

Examples:
  taskproc bench steady
  taskproc bench steady --rate 5000 --tuned --plot steady.svg`

export const LATENCY_HELP = `
One task at a time on an idle system, from the call that enqueues it to its
start, with pauses of random length.

Examples:
  taskproc bench latency
  taskproc bench latency --tasks 1000 --json`

export const ENQUEUE_HELP = `
Single tasks by many clients, with and without a process that has to be woken;
batches; and a stream of JSON lines. Batches have ten times the tasks.

Examples:
  taskproc bench enqueue
  taskproc bench enqueue --clients 32 --payload-bytes 1000`

export const HOLD_HELP = `
A drain; the same while another transaction holds a snapshot and dead rows
cannot be taken away; and again after it, until it is as fast as before.

Examples:
  taskproc bench hold
  taskproc bench hold --gone-by 1000000 --plot hold.svg`

export const GROWTH_HELP = `
A drain and single tasks on an idle system, beside ever more finished tasks,
and beside tasks that wait: in the future, for a kind that nobody serves, in a
paused queue.

It makes a database beside yours, fills it, and drops it afterwards; its role
must be one that may create databases. Engines run in processes of their own.

Examples:
  taskproc bench growth
  taskproc bench growth --finished 10000000 --backlog 1000000

Exit status: 1 when a task was lost, or ran twice.`

export const CHURN_HELP = `
A backlog of which one task in ten fails at its first attempt, and comes back
after its backoff.

Examples:
  taskproc bench churn
  taskproc bench churn --tuned --tasks 200000`

export const RACE_HELP = `
Claimers ask for a task at the same instant, each on a connection of its own,
then again until none is left. With --url they are remote workers of that API
(TASKPROC_API_TOKEN is sent); tasks are inserted and checked in DATABASE_URL.
The tasks are in a queue of their own, and gone afterwards. --plot draws when
each claimer was given its tasks.

Examples:
  taskproc bench race
  taskproc bench race --claimers 15 --tasks 15 --rounds 10
  taskproc bench race --url http://127.0.0.1:8080

Exit status: 1 when a task was given twice or to nobody, or when a count of
verify is not 0.`

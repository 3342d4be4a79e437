// What the migrations make. test/db/doctor/schema.test.ts compares it with a migrated database and writes it anew
// (vitest -u) when a migration changes it.
export const EXPECTED_SCHEMA = `
constraint processes.processes_end_has_time: CHECK (((state = ANY (ARRAY['stopped'::text, 'lost'::text])) = (stopped_at IS NOT NULL)))
constraint processes.processes_name_bounded: CHECK (((length(name) >= 1) AND (length(name) <= 128)))
constraint processes.processes_pkey: PRIMARY KEY (id)
constraint processes.processes_state_known: CHECK ((state = ANY (ARRAY['running'::text, 'draining'::text, 'stopped'::text, 'lost'::text])))
index processes.processes_live_name: CREATE UNIQUE INDEX processes_live_name ON taskproc.processes USING btree (name) WHERE (state = ANY (ARRAY['running'::text, 'draining'::text]))
option processes.fillfactor: 50
constraint queues.queues_name_bounded: CHECK ((length(name) <= 128))
constraint queues.queues_pkey: PRIMARY KEY (name)
constraint retention.retention_one_check: CHECK (one)
constraint retention.retention_pkey: PRIMARY KEY (one)
constraint schedules.schedules_attempts_bounded: CHECK (((max_attempts >= 1) AND (max_attempts <= 1000)))
constraint schedules.schedules_names_bounded: CHECK ((((length(name) >= 1) AND (length(name) <= 128)) AND ((length(kind) >= 1) AND (length(kind) <= 128)) AND ((length(queue) >= 1) AND (length(queue) <= 128)) AND ((length(cron) >= 1) AND (length(cron) <= 256)) AND ((length(timezone) >= 1) AND (length(timezone) <= 128))))
constraint schedules.schedules_pkey: PRIMARY KEY (name)
constraint sleepers.sleepers_pkey: PRIMARY KEY (process_id)
constraint tallies.tallies_pkey: PRIMARY KEY (queue, kind)
option tallies.fillfactor: 50
constraint task_logs.task_logs_event_known: CHECK ((event = ANY (ARRAY['log'::text, 'failed'::text, 'snoozed'::text, 'released'::text, 'rescued'::text, 'cancelled'::text, 'retried'::text])))
constraint task_logs.task_logs_level_known: CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'warn'::text, 'error'::text])))
constraint task_logs.task_logs_pkey: PRIMARY KEY (id)
index task_logs.task_logs_task: CREATE INDEX task_logs_task ON taskproc.task_logs USING btree (task_id, id)
constraint tasks.tasks_attempts_bounded: CHECK ((((attempts >= 0) AND (attempts <= max_attempts)) AND ((max_attempts >= 1) AND (max_attempts <= 1000))))
constraint tasks.tasks_attempts_claimed: CHECK ((attempts <= claim_number))
constraint tasks.tasks_counters_positive: CHECK (((crashes >= 0) AND (claim_number >= 0) AND ((timeout_ms IS NULL) OR (timeout_ms > 0)) AND ((backoff_ms IS NULL) OR (backoff_ms >= 0))))
constraint tasks.tasks_done_was_claimed: CHECK (((status <> 'done'::text) OR ((claimed_by IS NOT NULL) AND (claimed_at IS NOT NULL) AND (attempts > 0))))
constraint tasks.tasks_error_has_text: CHECK (((status <> 'error'::text) OR (error IS NOT NULL)))
constraint tasks.tasks_finished_has_time: CHECK (((status = ANY (ARRAY['done'::text, 'error'::text, 'cancelled'::text])) = (finished_at IS NOT NULL)))
constraint tasks.tasks_names_bounded: CHECK ((((length(queue) >= 1) AND (length(queue) <= 128)) AND ((length(kind) >= 1) AND (length(kind) <= 128)) AND ((unique_key IS NULL) OR ((length(unique_key) >= 1) AND (length(unique_key) <= 512)))))
constraint tasks.tasks_pending_is_free: CHECK (((status <> 'pending'::text) OR ((claimed_by IS NULL) AND (claimed_at IS NULL) AND (attempts < max_attempts) AND (NOT cancel_requested))))
constraint tasks.tasks_pkey: PRIMARY KEY (id)
constraint tasks.tasks_result_of_done: CHECK (((result IS NULL) OR (status = 'done'::text)))
constraint tasks.tasks_run_at_finite: CHECK (isfinite(run_at))
constraint tasks.tasks_running_is_owned: CHECK (((status <> 'in_progress'::text) OR ((claimed_by IS NOT NULL) AND (claimed_at IS NOT NULL) AND (attempts > 0))))
constraint tasks.tasks_status_known: CHECK ((status = ANY (ARRAY['pending'::text, 'in_progress'::text, 'done'::text, 'error'::text, 'cancelled'::text])))
constraint tasks.tasks_trace_bounded: CHECK (((length(trace) >= 1) AND (length(trace) <= 128)))
index tasks.tasks_claim: CREATE INDEX tasks_claim ON taskproc.tasks USING btree (queue, kind, priority, run_at, id) WHERE claimable
index tasks.tasks_crashed: CREATE INDEX tasks_crashed ON taskproc.tasks USING btree (run_at, id) WHERE (claimable AND (crashes > 0))
index tasks.tasks_failed: CREATE INDEX tasks_failed ON taskproc.tasks USING btree (id) WHERE failed
index tasks.tasks_owner: CREATE INDEX tasks_owner ON taskproc.tasks USING btree (claimed_by, claimed_at) WHERE (claimed_by IS NOT NULL)
index tasks.tasks_unique_live: CREATE UNIQUE INDEX tasks_unique_live ON taskproc.tasks USING btree (unique_lock) WHERE (unique_lock IS NOT NULL)
option tasks.fillfactor: 30
`
